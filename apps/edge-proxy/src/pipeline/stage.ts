import type { Edge } from '../edge.ts';
import type { Exchange } from './exchange.ts';

/** One step of admission. It fills in the exchange, or throws an `AppError` that becomes the answer. */
export type Stage = (exchange: Exchange, edge: Edge) => void | Promise<void>;

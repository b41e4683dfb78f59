export * from './hold.ts';
export * from './internal-http.ts';
export * from './ledger.ts';
export * from './open-hold.ts';
export * from './settlement.ts';
export { NOTE_TIMEOUT_MS } from './settlement-queue.ts';
export * from './settlements.ts';
export type { Store } from './store.ts';

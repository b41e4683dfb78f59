import type { Waiting } from '../waiting-line.ts';
import type { Exchange } from './exchange.ts';

/**
 * Waits in a line until it is the exchange's turn; a client that leaves leaves the line as well, and what the turn
 * brought is released. Throws `LineRefusal`.
 */
export async function turnOf<T>(exchange: Exchange, join: () => Waiting<T>, giveBack: (turn: T) => void): Promise<T> {
  const waiting = join();
  exchange.inFlight = waiting;
  const turn = await waiting.turn;
  try {
    exchange.throwIfOver();
  } catch (error) {
    giveBack(turn);
    throw error;
  }
  return turn;
}

import { REVOCATION_BEAT, REVOCATION_STREAM } from '@turnpike/contracts';
import { deadline } from '@turnpike/service-kit';
import type { Store } from '../stores/redis.ts';

/** How long one read waits for news, in milliseconds: longer than auth is silent. */
const BLOCK_MS = 400;
/** A read that takes longer than this has lost its connection, in milliseconds. */
const READ_TIMEOUT_MS = 1_500;
const ENTRIES_PER_READ = 1_000;
/** Where a stream begins. */
const START = '0-0';

/** What one read found. */
export interface StreamRead {
  /** Fields of each revocation. */
  readonly notices: readonly Readonly<Record<string, string>>[];
  readonly beat: boolean;
  /** Nothing is left to be read. */
  readonly atEnd: boolean;
  /** The stream is another one than was read before, so what stood in that may never have been heard. */
  readonly startedOver: boolean;
}

const NOTHING = { notices: [], beat: false, atEnd: true, startedOver: false };

/** Reads auth's revocation stream on from the last entry seen. */
export class RevocationStream {
  readonly #store: Store;
  #lastId: string | undefined;

  /** `store`: a connection of its own, as reading blocks it. */
  constructor(store: Store) {
    this.#store = store;
  }

  /** Waits for news for a while. The first read only finds the end of the stream, since nothing is remembered from before it. */
  async read(): Promise<StreamRead> {
    if (this.#lastId === undefined) {
      this.#lastId = (await this.#newestId()) ?? START;
      return NOTHING;
    }
    const reading = this.#store.xread(
      'COUNT',
      ENTRIES_PER_READ,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      REVOCATION_STREAM,
      this.#lastId,
    );
    const entries = (await deadline(reading, READ_TIMEOUT_MS, 'reading the stream'))?.[0]?.[1] ?? [];
    const last = entries.at(-1);
    if (last === undefined)
      return (await this.#startOverIfBehind()) ? { ...NOTHING, atEnd: false, startedOver: true } : NOTHING;
    this.#lastId = last[0];
    const all = entries.map(([, fields]) => fieldsOf(fields));
    const notices = all.filter((fields) => !(REVOCATION_BEAT in fields));
    const beat = notices.length < all.length;
    return { notices, beat, atEnd: entries.length < ENTRIES_PER_READ, startedOver: false };
  }

  /** Nothing is heard after an id that a store which came back empty, or with an earlier state, has yet to reach. */
  async #startOverIfBehind(): Promise<boolean> {
    const newest = (await this.#newestId()) ?? START;
    if (this.#lastId === undefined || compareIds(newest, this.#lastId) >= 0) return false;
    this.#lastId = START;
    return true;
  }

  async #newestId(): Promise<string | undefined> {
    const looking = this.#store.xrevrange(REVOCATION_STREAM, '+', '-', 'COUNT', 1);
    const [newest] = await deadline(looking, READ_TIMEOUT_MS, 'finding the end of the stream');
    return newest?.[0];
  }
}

function fieldsOf(list: readonly string[]): Record<string, string> {
  const pairs = new Map<string, string>();
  for (let index = 0; index + 1 < list.length; index += 2) pairs.set(list[index] ?? '', list[index + 1] ?? '');
  return Object.fromEntries(pairs);
}

/** Negative, zero or positive as the first id comes before, is, or comes after the second. Both parts are 64-bit numbers. */
function compareIds(first: string, second: string): number {
  const [firstMs = 0n, firstCount = 0n] = first.split('-').map(BigInt);
  const [secondMs = 0n, secondCount = 0n] = second.split('-').map(BigInt);
  const difference = firstMs - secondMs || firstCount - secondCount;
  return difference < 0n ? -1 : Number(difference > 0n);
}

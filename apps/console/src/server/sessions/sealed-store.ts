import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { checkWrites, seal, unseal } from '@turnpike/service-kit';

const SERVICE = 'console';

/**
 * Values in Redis that only their own secret finds and opens: the key is the secret's digest, the value is sealed with the secret. Whoever reads the
 * store learns nothing.
 */
export class SealedStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Keeps a value for `lifeMs`; `kind` keeps apart what is kept under one secret. */
  async put(kind: string, secret: string, value: unknown, lifeMs: number): Promise<void> {
    const sealed = sealedValue(kind, secret, value);
    await this.#redis.set(keyOf(kind, secret), sealed, 'PX', Math.max(1, Math.floor(lifeMs)));
  }

  /** Keeps a value in place of one that is still there; false where that has ended meanwhile. */
  async replace(kind: string, secret: string, value: unknown, lifeMs: number): Promise<boolean> {
    const sealed = sealedValue(kind, secret, value);
    const replaced = await this.#redis.set(keyOf(kind, secret), sealed, 'PX', Math.max(1, Math.floor(lifeMs)), 'XX');
    return replaced === 'OK';
  }

  /** The value, not yet parsed by its shape; `undefined` where there is none. */
  async get(kind: string, secret: string): Promise<unknown> {
    return open(kind, secret, await this.#redis.getBuffer(keyOf(kind, secret)));
  }

  /** The same, and lets it live for `lifeMs` from now. */
  async use(kind: string, secret: string, lifeMs: number): Promise<unknown> {
    return open(kind, secret, await this.#redis.getexBuffer(keyOf(kind, secret), 'PX', lifeMs));
  }

  /** The same, once: whoever comes second finds nothing. */
  async take(kind: string, secret: string): Promise<unknown> {
    return open(kind, secret, await this.#redis.getdelBuffer(keyOf(kind, secret)));
  }

  async remove(kind: string, secret: string): Promise<void> {
    await this.#redis.del(keyOf(kind, secret));
  }

  /** Rejects where Redis does not take a write. */
  check(): Promise<void> {
    return checkWrites(this.#redis, SERVICE);
  }
}

function open(kind: string, secret: string, sealed: Buffer | null): unknown {
  if (sealed === null) return undefined;
  return JSON.parse(unseal(secret, purposeOf(kind), sealed).toString()) as unknown;
}

function sealedValue(kind: string, secret: string, value: unknown): Buffer {
  return seal(secret, purposeOf(kind), Buffer.from(JSON.stringify(value)));
}

const purposeOf = (kind: string): string => `console ${kind}`;

function keyOf(kind: string, secret: string): string {
  return `{turnpike}:console:${kind}:${createHash('sha256').update(secret).digest('base64url')}`;
}

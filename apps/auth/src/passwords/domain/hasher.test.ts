import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { HashingBusy, HashSlots } from './hash-slots.ts';
import { PasswordHasher } from './hasher.ts';

const pepper = randomBytes(32);
const hasherWith = (secret: Buffer) =>
  new PasswordHasher({ pepper: () => Promise.resolve(secret), concurrency: 2, queueMax: 8 });
const hasher = hasherWith(pepper);
const PASSWORD = 'correct horse battery staple';

describe('a password hash', () => {
  test('is argon2id at the cost that OWASP asks for, and never the same twice', async () => {
    const [one, other] = await Promise.all([hasher.hash(PASSWORD), hasher.hash(PASSWORD)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    expect(await hasher.verify(PASSWORD, one)).toEqual({ ok: true, stale: false });
    expect(await hasher.verify(`${PASSWORD} `, one)).toEqual({ ok: false, stale: false });
  });

  test('is nothing without the pepper', async () => {
    const phc = await hasher.hash(PASSWORD);
    expect(await hasherWith(randomBytes(32)).verify(PASSWORD, phc)).toEqual({ ok: false, stale: false });
  });

  test('of another cost still verifies, and is stale', async () => {
    const stored = await hasher.hash(PASSWORD, { memoryKib: 8_192, passes: 1, parallelism: 1 });
    expect(await hasher.verify(PASSWORD, stored)).toEqual({ ok: true, stale: true });
    expect(await hasher.verify('another password', stored)).toEqual({ ok: false, stale: false });
  });

  test('of nobody is compared all the same, and nothing is right', async () => {
    const alone = new PasswordHasher({ pepper: () => Promise.resolve(pepper), concurrency: 1, queueMax: 0 });
    const first = alone.verify(PASSWORD, undefined);
    // That the one place is taken shows that there is work to do.
    await expect(alone.verify(PASSWORD, undefined)).rejects.toBeInstanceOf(HashingBusy);
    expect(await first).toEqual({ ok: false, stale: false });
  });

  test.each(['', 'secret', '$argon2i$v=19$m=1,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAA', '$2b$12$abc'])(
    'that we did not make (%p) is an error, not a wrong password',
    async (stored) => {
      await expect(hasher.verify(PASSWORD, stored)).rejects.toThrow('no argon2id hash');
    },
  );
});

describe('places for hashing', () => {
  /** Work that ends when it is told to. */
  function held() {
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    return { work: () => ended, end };
  }

  test('no more run than there are places, no more wait than may, and the next is served in turn', async () => {
    const slots = new HashSlots(1, 1);
    const [first, second] = [held(), held()];
    const order: string[] = [];
    const running = slots.run(first.work).then(() => order.push('first'));
    const waiting = slots.run(second.work).then(() => order.push('second'));
    await expect(slots.run(() => Promise.resolve())).rejects.toBeInstanceOf(HashingBusy);
    second.end();
    first.end();
    await Promise.all([running, waiting]);
    expect(order).toEqual(['first', 'second']);
    expect(await slots.run(() => Promise.resolve('free'))).toBe('free');
  });

  test('work that fails gives its place back', async () => {
    const slots = new HashSlots(1, 0);
    await expect(slots.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await slots.run(() => Promise.resolve('free'))).toBe('free');
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from '@turnpike/service-kit/ids';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

/** A service that acts for one user must not reach the reservations of another, nor learn that they exist. */
let credits: Credits;
beforeAll(async () => {
  credits = await startCredits();
});
afterAll(() => credits.stop());

describe.each(['settle', 'release', 'extend'])('user A tries to %s the reservation of user B', (command) => {
  const body = command === 'extend' ? { ttl_seconds: 60 } : {};
  const attempt = (id: string, more: object, headers?: Record<string, string>): Promise<Answer> =>
    credits.send('POST', `/internal/credits/reservations/${id}/${command}`, { ...body, ...more }, headers);

  test.each(['in the body', 'in X-User-ID'])('named %s: 404, and B loses nothing', async (where) => {
    const [a, b] = [await credits.userWith(50), await credits.userWith(50)];
    const { body: hold } = await credits.reserve(b, 5);
    const id = String(hold['reservation_id']);
    const answer = await (where === 'in the body' ? attempt(id, { user_id: a }) : attempt(id, {}, { 'x-user-id': a }));
    expect(answer.status).toBe(404);
    expect([await credits.balance(a), await credits.balance(b)]).toEqual([50, 45]);
    // B, or a service that acts for nobody in particular, still can.
    expect((await attempt(id, { user_id: b })).status).toBe(200);
  });

  test('X-User-ID cannot be talked over by the body', async () => {
    const [a, b] = [await credits.userWith(50), await credits.userWith(50)];
    const { body: hold } = await credits.reserve(b, 5);
    expect((await attempt(String(hold['reservation_id']), { user_id: b }, { 'x-user-id': a })).status).toBe(404);
  });

  test('the answer is the same as for a reservation that never was', async () => {
    const [a, b] = [await credits.userWith(50), await credits.userWith(50)];
    const { body: hold } = await credits.reserve(b, 5);
    const bare = ({ body: { request_id: _id, ...rest }, status }: Answer): unknown => ({ ...rest, status });
    const masked = await attempt(String(hold['reservation_id']), { user_id: a });
    const missing =
      command === 'release'
        ? await attempt(String(hold['reservation_id']), { user_id: uuidv7() })
        : await attempt(uuidv7(), { user_id: a });
    expect(bare(masked)).toEqual(bare(missing));
  });
});

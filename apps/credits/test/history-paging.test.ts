import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCredits, type Answer, type Credits } from './start-credits.ts';

let credits: Credits;
beforeAll(async () => {
  credits = await startCredits();
});
afterAll(() => credits.stop());

const PATH = '/api/v1/credits/history';
const entriesOf = (answer: Answer): { amount: number; balance_after: number }[] =>
  answer.body as unknown as { amount: number; balance_after: number }[];

/** Where the next page is, if there is one. */
function nextOf(answer: Answer): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
}

async function userWithEntries(count: number): Promise<string> {
  const user = await credits.userWith(1_000);
  for (let n = 1; n < count; n += 1) await credits.send('POST', '/internal/credits/spend', { user_id: user, cost: 1 });
  return user;
}

describe('paging the history', () => {
  test('newest first, each entry adding to the one before', async () => {
    const user = await userWithEntries(5);
    const entries = entriesOf(await credits.get(user, PATH));
    expect(entries.map((entry) => entry.balance_after)).toEqual([996, 997, 998, 999, 1_000]);
    for (const [index, entry] of entries.entries())
      expect(entry.balance_after - entry.amount).toBe(entries[index + 1]?.balance_after ?? 0);
  });

  test.each([
    ['?limit=2', [996, 997], '5', `${PATH}?limit=2&offset=2&as_of=5`],
    ['?limit=2&offset=3', [999, 1_000], '5', undefined],
    ['?offset=5', [], '5', undefined],
    ['?limit=2&as_of=4', [997, 998], '5', `${PATH}?limit=2&offset=2&as_of=4`],
    ['?limit=100&as_of=999', [996, 997, 998, 999, 1_000], '5', undefined],
  ])('%s', async (query, balances, total, next) => {
    const answer = await credits.get(await userWithEntries(5), PATH + query);
    expect(entriesOf(answer).map((entry) => entry.balance_after)).toEqual(balances);
    expect(answer.headers.get('x-total-count')).toBe(total);
    expect(nextOf(answer)).toBe(next);
  });

  test.each(['?limit=0', '?limit=101', '?offset=-1', '?limit=x', '?as_of=-1', '?as_of=latest'])(
    '%s: 422',
    async (query) => {
      expect((await credits.get(await credits.userWith(1), PATH + query)).status).toBe(422);
    },
  );

  test('during writes, following the links: no entry skipped or repeated', async () => {
    const user = await userWithEntries(23);
    const seen: number[] = [];
    let path: string | undefined = `${PATH}?limit=4`;
    while (path !== undefined) {
      const page: Answer = await credits.get(user, path);
      seen.push(...entriesOf(page).map((entry) => entry.balance_after));
      await Promise.all(
        Array.from({ length: 3 }, () => credits.send('POST', '/internal/credits/spend', { user_id: user, cost: 1 })),
      );
      path = nextOf(page);
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, index) => 978 + index));
  });

  test('a charge drawn from several grants is one entry', async () => {
    const user = await credits.userWith(3);
    await credits.grant(user, 4);
    const { body } = await credits.reserve(user, 6);
    await credits.settle(body['reservation_id']);
    expect(entriesOf(await credits.get(user, PATH)).map((entry) => entry.amount)).toEqual([-6, 4, 3]);
  });
});

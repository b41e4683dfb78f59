import { expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { ask, demoCookie, OWN, stack } from './stage.ts';

const TIMEOUT_MS = 900_000;

interface Line {
  readonly read: number;
  readonly status: number;
  readonly body: { readonly code?: string } | null;
}

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** What `POST /reads` answers, in the order in which was asked. */
async function read(reads: readonly object[], cookie?: string): Promise<Line[]> {
  const headers = { ...OWN, ...(cookie === undefined ? {} : { cookie }) };
  const answer = await ask('/reads', { method: 'POST', headers, json: { reads } });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return linesOf(await answer.text()).toSorted((one, other) => one.read - other.read);
}

const statusesOf = (lines: readonly Line[]): number[] => lines.map(({ status }) => status);

/** What a screen asks together: each question is judged as if it were asked alone. */
export function readsTests(): void {
  const balance = { path: '/api/v1/credits/balance' };

  test('each question has its own answer, and none that `GET /api` would not give', async () => {
    const cookie = await demoCookie();
    const lines = await read(
      [
        balance,
        { path: '/auth/projects?limit=5' },
        { path: '/platform/api/admin/tenants' },
        { path: '/platform/api/service/info', organisation: 'of-somebody-else' },
        ...['/internal/auth/revocations', '/api/v1/auth/google/login', '/health', '/auth/projects/../../health'].map(
          (path) => ({ path }),
        ),
        ...['//auth/projects', '/auth/projects#/x', '/auth\\projects', '/auth/projects/%2e%2e/x'].map((path) => ({
          path,
        })),
      ],
      cookie,
    );
    expect(statusesOf(lines.slice(0, 3))).toEqual([200, 200, 403]);
    expect([403, 404]).toContain(lines[3]?.status);
    expect(statusesOf(lines.slice(4))).toEqual(lines.slice(4).map(() => 404));
    expect(statusesOf(await read([balance, { path: '/api/v1/auth/methods' }]))).toEqual([401, 200]);
  });

  test.each([
    ['nothing', {}],
    ['more than one screen shows', { reads: Array.from({ length: 21 }, () => balance) }],
    ['another host', { reads: [{ path: '@evil.example/' }] }],
    ['a header', { reads: [{ ...balance, project: 'x\r\nx-admin-key: y' }] }],
  ])('who asks for %s is told what is wrong', async (_what, json) => {
    const answer = await ask('/reads', { method: 'POST', headers: OWN, json });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([422, 'request.invalid']);
  });

  test('another site may not ask', async () => {
    for (const headers of [{}, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example' }])
      expect((await ask('/reads', { method: 'POST', headers, json: { reads: [balance] } })).status).toBe(403);
  });

  test(
    'what does not answer says so in its own line, and holds up no other',
    async () => {
      const cookie = await demoCookie();
      const pid = Number(stack.stack.processes()['usage']);
      const reads = [{ path: '/api/v1/usage' }, balance];
      process.kill(pid, 'SIGSTOP');
      try {
        const headers = { ...OWN, cookie };
        const answer = await ask('/reads', { method: 'POST', headers, json: { reads } });
        const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
        const first = await reader?.read();
        expect(linesOf(first?.value ?? '')).toMatchObject([{ read: 1, status: 200 }]);
        const second = await reader?.read();
        expect(linesOf(second?.value ?? '')).toMatchObject([{ read: 0, body: { code: 'service.unavailable' } }]);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await waitFor(async () => statusesOf(await read(reads, cookie)).every((status) => status === 200));
    },
    TIMEOUT_MS,
  );
}

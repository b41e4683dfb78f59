import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { KEYS } from './support/keys.ts';
import { openRawSocket } from './support/raw-socket.ts';
import { send } from './support/send.ts';
import { startStack, type EdgeStack, type SignedIn } from './support/stack.ts';

/** How long the mixed traffic runs, in milliseconds; `LEAK_TEST_MS=600000` runs the ten minutes that a release should see. */
const TRAFFIC_MS = Number(process.env['LEAK_TEST_MS'] ?? 8_000);
const CLIENTS = 12;
/** Growth of what is alive in the heap that is no leak, in MiB. */
const HEAP_GROWTH_MIB_MAX = 24;

let stack: EdgeStack;
let metricsUrl: string;
let user: SignedIn;
beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}`;
  const flags = '--max-semi-space-size=32 --max-old-space-size=384';
  stack = await startStack({
    METRICS_PORT: String(port),
    HOLD_TTL_SECONDS: '2',
    NODE_OPTIONS: flags,
    ACCESS_LOG: 'off',
  });
  // The edge keeps idle connections as long as the upstream says it does.
  stack.upstream.server.keepAliveTimeout = 2_000;
  user = await stack.signIn();
  const grant = {
    method: 'POST',
    headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
    json: { user_id: user.userId, amount: 10_000_000 },
  };
  expect((await stack.send('/api/v1/credits/admin/grant', grant)).status).toBe(200);
  stack.upstream.respond = (request, response) => {
    const kind = Number(/kind=(\d)/.exec(request.url ?? '')?.[1] ?? 0);
    if (kind === 1) return void response.writeHead(500).end('no');
    if (kind === 2) return void response.destroy();
    if (kind === 3) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const timer = setInterval(() => response.write('data: x\n\n'), 20);
      setTimeout(() => response.end(), 400);
      response.on('close', () => clearInterval(timer));
      return undefined;
    }
    return void response.end('x'.repeat(2_000));
  };
});
afterAll(() => stack.stop());

const gauge = (text: string, name: string): number =>
  Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
/** What is alive after the last full collection is at most what is in use now; the least of several looks is closest to it. */
async function heapMiB(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 10; look += 1) {
    await Promise.all(Array.from({ length: 200 }, () => stack.send('/api/v1/timepoints', { token: user.token })));
    least = Math.min(
      least,
      gauge((await send(metricsUrl, '/metrics')).text, 'nodejs_heap_size_used_bytes') / 1_048_576,
    );
  }
  return least;
}

/** One client: calls of every kind, left at a random moment every third time. */
async function client(untilMs: number, random: () => number): Promise<number> {
  let calls = 0;
  while (Date.now() < untilMs) {
    calls += 1;
    const path = `/api/v1/timepoints/generate/stream?kind=${Math.floor(random() * 5)}`;
    if (random() < 1 / 3) {
      const raw = await openRawSocket(stack.edge.url);
      raw.write(
        `POST ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`,
      );
      if (random() < 0.8) raw.write('{}');
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      raw.destroy();
    } else {
      await stack.send(path, { method: 'POST', token: user.token, json: {} }).catch(() => {});
    }
  }
  return calls;
}

test(
  'mixed traffic with clients that leave at random leaves memory, sockets and holds where they began',
  async () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    await Promise.all(Array.from({ length: CLIENTS }, () => client(Date.now() + 2_000, random)));
    const heapBefore = await heapMiB();
    const calls = await Promise.all(Array.from({ length: CLIENTS }, () => client(Date.now() + TRAFFIC_MS, random)));
    expect(calls.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(CLIENTS);
    // Nothing is under way any more, at the edge or behind it.
    await waitFor(async () => gauge((await send(metricsUrl, '/metrics')).text, 'turnpike_edge_live_exchanges') === 0);
    const heapAfter = await heapMiB();
    expect(heapAfter - heapBefore).toBeLessThan(HEAP_GROWTH_MIB_MAX);
    // Idle connections to the upstream close after a few seconds, and none was left hanging.
    await waitFor(async () => (await stack.upstream.connections()) === 0);
    // Every hold was charged or given back.
    await waitFor(async () => {
      const { text } = await send(metricsUrl, '/metrics');
      const resolved = ['settle', 'release'].map((action) =>
        Number(
          new RegExp(`turnpike_edge_holds_resolved_total\\{action="${action}"[^}]*\\} (\\S+)`).exec(text)?.[1] ?? 0,
        ),
      );
      expect(resolved.reduce((sum, one) => sum + one, 0)).toBe(gauge(text, 'turnpike_edge_holds_opened_total'));
      return true;
    });
  },
  TRAFFIC_MS + 300_000,
);

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestRedis, startTraceCollector, type TraceCollector } from '@turnpike/test-kit';
import { nameOfStatement } from '../src/data/watched-adapter.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE}-b7ad6b7169203331-00`;

let collector: TraceCollector;
beforeAll(async () => {
  collector = await startTraceCollector();
});
afterAll(() => collector.close());

/** One request in a process of its own, since what records traces is of a whole process. Gives the `traceparent` that calls would carry. */
async function traceparentOf(
  received: string | undefined,
  settings: Readonly<Record<string, unknown>>,
  facesStrangers = false,
  work = '',
): Promise<string> {
  const sources = new URL('../src/', import.meta.url).href;
  const config = {
    SERVICE_VERSION: '1.0.0',
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    OTEL_TRACES_SAMPLER_ARG: 1,
    ...settings,
  };
  const program = `
    const { startTracing } = await import('${sources}tracing/tracing.ts');
    const { endRequestSpan, openRequestSpan } = await import('${sources}http/request-span.ts');
    const stop = await startTracing('fixture', ${JSON.stringify(config)}, { facesStrangers: ${facesStrangers} });
    const headers = ${JSON.stringify(received === undefined ? {} : { traceparent: received })};
    const { traceparent, span } = openRequestSpan('fixture', { method: 'GET', headers }, performance.now());
    ${work}
    if (span) endRequestSpan(span, { method: 'GET', route: '/things/:id', status: 200, requestId: 'r' });
    await stop();
    process.stdout.write(String(traceparent), () => process.exit(0));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  return Buffer.concat(chunks).toString();
}

const on = (settings = {}) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...settings });

it('without a collector the trace of the caller is handed on as it is', async () => {
  expect(await traceparentOf(SAMPLED, {})).toBe(SAMPLED);
});

it('with a collector the span is sent to it, and its trace goes on with the span as the parent', async () => {
  const traceparent = await traceparentOf(SAMPLED, on());
  expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  expect(collector.spans).toMatchObject([
    { service: 'fixture', name: 'GET /things/:id', traceId: TRACE, parentSpanId: 'b7ad6b7169203331' },
  ]);
  expect(traceparent).toContain(collector.spans[0]?.spanId);
});

it('a service follows what the edge decided, unless its operator says otherwise', async () => {
  expect(await traceparentOf(UNSAMPLED, on())).toMatch(/-00$/);
  expect(await traceparentOf(UNSAMPLED, on({ OTEL_TRACES_SAMPLER: 'always_on' }))).toMatch(/-01$/);
  expect(await traceparentOf(SAMPLED, on({ OTEL_TRACES_SAMPLER: 'always_off' }))).toMatch(/-00$/);
});

it('where callers are strangers their flag decides nothing, and their trace is still continued', async () => {
  const off = on({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
  expect(await traceparentOf(SAMPLED, off, true)).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  expect(await traceparentOf(UNSAMPLED, on(), true)).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  const none = on({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: 0 });
  expect(await traceparentOf(SAMPLED, none, true)).toMatch(/-00$/);
  expect(await traceparentOf(undefined, none)).toMatch(/-00$/);
});

it('an unavailable collector fails no process that ends', async () => {
  expect(await traceparentOf(SAMPLED, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).toMatch(/-01$/);
});

it('a command of Redis that a request sends is a span without its values, alone or in a pipeline; others are none', async () => {
  const redis = await createTestRedis();
  const sources = new URL('../src/', import.meta.url).href;
  const before = collector.spans.length;
  await traceparentOf(
    SAMPLED,
    on(),
    false,
    `const { createRedis } = await import('${sources}data/redis.ts');
    const { withRequestContext } = await import('${sources}http/request-context.ts');
    const redis = createRedis('${redis.url}', { warn() {}, info() {} });
    await new Promise((resolve) => redis.once('ready', resolve));
    await redis.set('{spans}:outside', 'secret', 'PX', 60000);
    await withRequestContext({ requestId: 'r', traceparent }, async () => {
      await redis.set('{spans}:inside', 'secret', 'PX', 60000);
      await redis.pipeline().get('{spans}:inside').incr('{spans}:inside').exec();
    });
    redis.disconnect();`,
  );
  const spans = collector.spans.slice(before);
  const parent = spans.find(({ name }) => name === 'GET /things/:id')?.spanId;
  const commands = spans.filter(({ parentSpanId }) => parentSpanId === parent);
  expect(commands.map(({ name }) => name).toSorted()).toEqual(['GET', 'INCR', 'SET']);
  expect(JSON.stringify(commands)).not.toMatch(/secret|\{spans\}/);
  await redis.flush();
});

it('statements are named by what they do to which table or function', () => {
  expect(nameOfStatement('SELECT ledger_reserve($1) AS results')).toBe('SELECT ledger_reserve');
  expect(nameOfStatement('SELECT "public"."app_user"."id" FROM "public"."app_user" WHERE id = $1')).toBe(
    'SELECT app_user',
  );
  expect(nameOfStatement('INSERT INTO outbox (id) VALUES ($1)')).toBe('INSERT outbox');
  expect(nameOfStatement(' UPDATE "session" SET x = 1')).toBe('UPDATE session');
  expect(nameOfStatement('BEGIN')).toBe('BEGIN');
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from '@jest/globals';
import { closeServer, listen } from '../src/index.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** One request in a process of its own, since a tracer is registered for a whole process. Gives the `traceparent` that calls would carry. */
async function traceparentIn(environment: Readonly<Record<string, string>>): Promise<string> {
  const program = `
    const { startServerSpan, startTracing } = await import(${JSON.stringify(new URL('../src/process/tracing.ts', import.meta.url).href)});
    const stop = await startTracing('fixture', '1.0.0', process.env.COLLECTOR);
    const span = startServerSpan('fixture', { method: 'GET', headers: { traceparent: ${JSON.stringify(PARENT)} } });
    span.end('fixture.read', 200);
    await stop();
    process.stdout.write(String(span.traceparent));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(0);
  return Buffer.concat(chunks).toString();
}

it('without a collector the trace of the caller is handed on as it is', async () => {
  expect(await traceparentIn({})).toBe(PARENT);
});

it('with a collector the span is sent to it, and its trace goes on with the span as the parent', async () => {
  const received: string[] = [];
  const collector = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    request.resume().once('end', () => response.end('{}'));
  });
  const url = await listen(collector, 0, '127.0.0.1');
  try {
    const traceparent = await traceparentIn({ COLLECTOR: url });
    expect(received).toEqual(['POST /v1/traces']);
    expect(traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(traceparent).not.toBe(PARENT);
  } finally {
    await closeServer(collector, 1_000);
  }
});

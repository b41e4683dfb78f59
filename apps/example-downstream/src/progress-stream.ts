import type { ServerResponse } from 'node:http';
import type { Simulation } from '@turnpike/contracts';
import { STEPS } from './domain/render.ts';
import { misbehave, pause } from './simulate.ts';

export interface ProgressStream {
  readonly response: ServerResponse;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  readonly stepMs: number;
  readonly simulate: Simulation | undefined;
  /** Stores the result; called after the last step, and only if the client is still there. */
  readonly finish: () => Promise<unknown>;
}

/** Tells the progress of a rendering as server-sent events; the last one, `done`, carries the result. */
export async function streamProgress({ response, signal, stepMs, simulate, finish }: ProgressStream): Promise<void> {
  const { truncate, slow_ms: slowMs, ...upfront } = simulate ?? {};
  if (await misbehave(upfront, { response, signal })) return;
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  const send = (event: object): void => void response.write(`data: ${JSON.stringify(event)}\n\n`);
  send({ event: 'start', step: 'initialization', progress: 0 });
  for (const { step, progress } of STEPS) {
    await pause(slowMs ?? stepMs, signal);
    if (signal.aborted) return;
    send({ event: 'step_complete', step, progress });
    if (truncate) return void response.destroy();
  }
  const data = await finish();
  send({ event: 'done', progress: 100, data });
  response.end();
}

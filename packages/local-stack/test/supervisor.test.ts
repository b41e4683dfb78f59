import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { startNodeService } from '../src/process/node-service.ts';
import { supervise } from '../src/process/supervisor.ts';
import type { SupervisionEvent } from '../src/process/supervisor.ts';

const entry = fileURLToPath(new URL('./fixtures/listener.ts', import.meta.url));
const options = { entry, env: { PATH: process.env['PATH'] }, onLine: () => undefined, stopTimeoutMs: 5_000 };

async function startListener(): ReturnType<typeof startNodeService> {
  const service = await startNodeService(options);
  await service.listening;
  return service;
}

describe('supervise', () => {
  test('starts a killed process again, and stops it for good', async () => {
    const back = Promise.withResolvers<void>();
    const events: SupervisionEvent['kind'][] = [];
    const supervised = await supervise('listener', startListener, (event) => {
      events.push(event.kind);
      if (event.kind === 'restarted') back.resolve();
    });
    const firstPid = supervised.pid() ?? 0;
    process.kill(firstPid, 'SIGKILL');
    await back.promise;
    expect(supervised.pid()).toBeGreaterThan(0);
    expect(supervised.pid()).not.toBe(firstPid);
    await supervised.stop();
    expect(supervised.pid()).toBeUndefined();
    expect(events).toEqual(['died', 'restarted']);
  });

  test('throws the first failure, and retries later ones with growing pauses', async () => {
    await expect(
      supervise(
        'never',
        () => Promise.reject(new Error('no')),
        () => undefined,
      ),
    ).rejects.toThrow('no');

    const retried = Promise.withResolvers<number[]>();
    const delays: number[] = [];
    let starts = 0;
    const supervised = await supervise(
      'listener',
      async () => {
        starts += 1;
        if (starts > 1) throw new Error('not now');
        return await startListener();
      },
      (event) => {
        if (event.kind === 'restarted') return;
        delays.push(event.restartInMs);
        if (delays.length === 3) retried.resolve(delays);
      },
    );
    process.kill(supervised.pid() ?? 0, 'SIGKILL');
    expect(await retried.promise).toEqual([100, 200, 400]);
    await supervised.stop();
  });

  test('does not start again what ends while being stopped', async () => {
    const events: SupervisionEvent[] = [];
    const supervised = await supervise('listener', startListener, (event) => events.push(event));
    await Promise.all([supervised.stop(), supervised.stop()]);
    expect(events).toEqual([]);
  });
});

describe('startNodeService', () => {
  test('rejects with the reason when the service ends before it listens', async () => {
    const lines: string[] = [];
    const service = await startNodeService({ ...options, entry: '/nowhere.ts', onLine: (line) => lines.push(line) });
    await expect(service.listening).rejects.toThrow('ended before it was ready (exit code 1)');
    expect(lines.join('\n')).toContain('Cannot find module');
  });
});

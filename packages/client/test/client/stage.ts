import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Turnpike, type ClientOptions } from '../../src/index.ts';
import { json, startScriptedServer, type ScriptedServer } from '../scripted-server.ts';

export let server: ScriptedServer;
export let waits: number[] = [];

/** Waits are written down, not waited. */
export const open = (options: Partial<ClientOptions> = {}): Turnpike =>
  new Turnpike({
    baseUrl: `${server.url}/`,
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    ...options,
  });

export const balance = json(200, { balance: 45, lifetime_earned: 50, lifetime_spent: 5 });

export const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Starts what the tests of a file share, once, and ends it after them. */
export function shareStage(): void {
  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    waits = [];
  });
}

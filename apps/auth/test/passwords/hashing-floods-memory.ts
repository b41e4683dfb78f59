import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { createStores, startAuthProcess, type Stores } from '../harness.ts';

export function hashingFloodsMemoryTests(): void {
  /** Memory of one hash, in KiB, and what two hundred requests may take beside those. */
  const HASH_KIB = 19 * 1_024;
  const REQUESTS_KIB = 40 * 1_024;

  let stores: Stores;
  let auth: RunningApp;

  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuthProcess({
      ...stores.env,
      AUTH_PORT: '0',
      PASSWORD_HASH_CONCURRENCY: '1',
      PASSWORD_HASH_QUEUE_MAX: '20',
    });
  });

  afterAll(async () => {
    await auth.stop();
    await stores.database.drop();
  });

  /** A sign-in of its own address and network. */
  function login(index: number, signal?: AbortSignal): Promise<Response> {
    return fetch(`${auth.url}/platform/api/global/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.${index}.0.1` },
      body: JSON.stringify({ email: `person-${index}@example.com`, password: 'correct horse battery staple' }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** A figure of the process's memory, in KiB. */
  async function memoryKib(figure: 'VmRSS' | 'VmHWM'): Promise<number> {
    const status = await readFile(`/proc/${auth.pid}/status`, 'utf8');
    return Number(new RegExp(`^${figure}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  }

  test('two hundred sign-ins at once, of which half leave, take the memory of one hash; what cannot wait is 503, and others are served', async () => {
    for (let index = 200; index < 220; index += 1) await login(index);
    const beforeKib = await memoryKib('VmRSS');
    // Lets the kernel forget the peak so far.
    await writeFile(`/proc/${auth.pid}/clear_refs`, '5');
    const order: string[] = [];
    const leaving = new AbortController();
    const logins = Array.from({ length: 200 }, async (_, index) => {
      const gone = index % 2 === 1;
      const answer = await login(index, gone ? leaving.signal : undefined).catch(() => undefined);
      if (answer === undefined) return 'gone';
      const body = (await answer.json()) as { code: string };
      order.push(`login ${answer.status}`);
      if (answer.status === 503) expect([body.code, answer.headers.get('retry-after')]).toEqual(['auth.busy', '1']);
      return answer.status;
    });
    setImmediate(() => leaving.abort());
    const keys = await fetch(`${auth.url}/.well-known/jwks.json`);
    order.push('keys');
    expect(keys.status).toBe(200);
    const statuses = await Promise.all(logins);
    expect(new Set(statuses)).toEqual(new Set(['gone', 401, 503]));
    expect(order.indexOf('keys')).toBeLessThan(order.lastIndexOf('login 401'));
    expect((await memoryKib('VmHWM')) - beforeKib).toBeLessThan(2 * HASH_KIB + REQUESTS_KIB);
  });
}

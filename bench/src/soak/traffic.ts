import { randomInt, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { requestBytes } from '../edge/connection.ts';
import type { BenchStack } from '../edge/stack.ts';

/** Whole credits are told in millionths, so that sums stay exact. */
const MICRO = 1_000_000;
/** Clients that leave do so at a random moment of the following milliseconds. */
const LEAVING_MS_MAX = 60;

/** What a soak sends, and what it was answered. */
export class Traffic {
  readonly answers = new Map<string, number>();
  readonly #stack: BenchStack;
  readonly #agent = new Agent({ connections: 64, pipelining: 1 });
  readonly #endsAtMs: number;
  readonly #pauseMs: number;

  /** `endsAtMs` on the clock of `performance.now`; `pauseMs` between two requests of one client. */
  constructor(stack: BenchStack, endsAtMs: number, pauseMs: number) {
    this.#stack = stack;
    this.#endsAtMs = endsAtMs;
    this.#pauseMs = pauseMs;
  }

  /** Calls a metered route, every third time under a key that is then repeated. Returns what the user was told, in micro-credits. */
  async spend(user: number): Promise<number> {
    let told = 0;
    await this.#repeat('metered', user, async (token, turn) => {
      const key = turn % 3 === 0 ? randomUUID() : undefined;
      for (let time = 0; time < (key === undefined ? 1 : 2); time += 1) {
        const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
        const answer = await this.#send('POST', '/bench/metered', token, headers, '{}');
        if (time === 0) told += Math.round(Number(answer.headers['x-credits-charged'] ?? 0) * MICRO);
        if (answer.status >= 400) return answer.status;
      }
      return 200;
    });
    return told;
  }

  /** Reads: a free route, the balance and the history. */
  read(user: number): Promise<void> {
    const paths = ['/bench/free', '/bench/free', '/api/v1/credits/balance', '/api/v1/credits/history?limit=20'];
    return this.#repeat(
      'read',
      user,
      async (token, turn) => (await this.#send('GET', paths[turn % paths.length] ?? '', token)).status,
    );
  }

  /** Opens a session, makes an API key, uses it, revokes it, and signs out. */
  comeAndGo(user: number): Promise<void> {
    return this.#repeat('sign in and out', user, async () => {
      const [token = ''] = await this.#stack.signInAs([user]);
      const projects = await this.#send('GET', '/auth/projects', token);
      if (projects.status !== 200) return projects.status;
      const { data } = JSON.parse(projects.text) as { data: { items: { id: string }[] } };
      const project = { 'x-project-id': data.items[0]?.id ?? '' };
      const body = JSON.stringify({ name: 'soak', scopes: ['credits:read'] });
      const made = await this.#send('POST', '/auth/api-keys', token, project, body);
      if (made.status !== 201) return made.status;
      const { id, full_key: key } = (JSON.parse(made.text) as { data: { id: string; full_key: string } }).data;
      const used = await this.#send('GET', '/bench/free', key);
      if (used.status !== 200) return used.status;
      const revoked = await this.#send('DELETE', `/auth/api-keys/${id}`, token, project);
      if (revoked.status >= 400) return revoked.status;
      return (await this.#send('POST', '/api/v1/auth/logout', token, {}, '')).status;
    });
  }

  /** Opens a stream, or sends a metered request, and leaves before it is over. */
  async leave(user: number): Promise<void> {
    const { hostname, port } = new URL(this.#stack.edge.url);
    await this.#repeat('left', user, async (token, turn) => {
      const bytes =
        turn % 2 === 0
          ? requestBytes('GET', '/bench/events?count=1000&intervalMs=5', token)
          : requestBytes('POST', '/bench/metered', token, '{}');
      const socket = connect(Number(port), hostname, () => void socket.write(bytes));
      socket.on('error', () => {}).resume();
      await sleep(randomInt(LEAVING_MS_MAX));
      socket.destroy();
      return 0;
    });
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  /** One client until the end; each answer is counted by what it was for and its status. Its session is renewed long before it ends. */
  async #repeat(kind: string, user: number, once: (token: string, turn: number) => Promise<number>): Promise<void> {
    let token = '';
    let renewAtMs = 0;
    for (let turn = 0; performance.now() < this.#endsAtMs; turn += 1) {
      if (performance.now() >= renewAtMs) {
        [token = ''] = await this.#stack.signInAs([user]);
        renewAtMs = performance.now() + 5 * 60_000;
      }
      const status = await once(token, turn);
      const name = status === 0 ? kind : `${kind}: ${status}`;
      this.answers.set(name, (this.answers.get(name) ?? 0) + 1);
      await sleep(this.#pauseMs);
    }
  }

  async #send(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    token: string,
    more: Record<string, string> = {},
    json?: string,
  ) {
    const answer = await request(this.#stack.edge.url + path, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${token}`, ...(json ? { 'content-type': 'application/json' } : {}), ...more },
      ...(json ? { body: json } : {}),
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }
}

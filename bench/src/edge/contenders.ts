import { findNginx, startNginx, type NginxMode } from './nginx.ts';
import { startProgram, type BenchStack, type Running } from './stack.ts';

export type ContenderName =
  | 'edge'
  | 'edge, no records'
  | 'nginx'
  | 'nginx, kept'
  | 'nginx, cached'
  | 'http-proxy-middleware'
  | 'hand-written'
  | 'bare undici'
  | 'bare undici, limits';

/** One of the proxies that are compared. */
export interface Contender {
  readonly name: ContenderName;
  readonly does: string;
  readonly url: string;
  readonly pid: number;
}

export interface Contenders {
  readonly all: readonly Contender[];
  /** The version of nginx, where it is installed. */
  readonly nginx: string | undefined;
  stop(): Promise<void>;
}

/** Starts what the edge is compared with, all in front of the same upstream. */
export async function startContenders(stack: BenchStack): Promise<Contenders> {
  const started: Running[] = [];
  const keep = async (starting: Promise<Running>): Promise<Running> => {
    const running = await starting;
    started.push(running);
    return running;
  };
  const stop = async (): Promise<void> => {
    for (const one of started.splice(0)) await one.stop();
  };
  try {
    const { edge, environment, folder, upstream } = stack;
    const all: Contender[] = [
      { name: 'edge', does: 'JWT checked, two windows exact in Redis, signed, forwarded', ...edge },
    ];
    all.push({
      name: 'edge, no records',
      does: 'the same, no record left of a request',
      ...(await keep(stack.startEdge({ USAGE_RECORDS: 'off' }))),
    });
    const nginx = await findNginx();
    if (nginx !== undefined) {
      const { url: authUrl } = await keep(startProgram(import.meta.resolve('./programs/auth-stub.ts')));
      const startMode = (mode: NginxMode): Promise<Running> =>
        keep(startNginx({ folder, upstreamUrl: upstream.url, authUrl, mode }));
      all.push({
        name: 'nginx',
        does: 'auth_request as in the manual, to an auth that verifies nothing',
        ...(await startMode('plain')),
      });
      all.push({ name: 'nginx, kept', does: 'the same, connections kept', ...(await startMode('kept')) });
      all.push({ name: 'nginx, cached', does: 'the same, the answer kept too', ...(await startMode('cached')) });
    }
    const plain = await keep(startProgram(import.meta.resolve('./programs/plain-proxy.ts'), environment));
    all.push({ name: 'http-proxy-middleware', does: 'Express 5, forwards only', ...plain });
    const floor = import.meta.resolve('./programs/bare-undici.ts');
    all.push({
      name: 'bare undici',
      does: "node:http and undici, forwards headers of the edge's size, nothing else",
      ...(await keep(startProgram(floor, environment))),
    });
    all.push({
      name: 'bare undici, limits',
      does: 'the same, two windows exact in Redis',
      ...(await keep(startProgram(floor, { ...environment, LIMITS: 'true' }))),
    });
    const handWritten = await keep(startProgram(import.meta.resolve('./programs/hand-written.ts'), environment));
    all.push({
      name: 'hand-written',
      does: 'Express 5, fetch to auth, ioredis, fetch to credits, http-proxy-middleware',
      ...handWritten,
    });
    return { all, nginx, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

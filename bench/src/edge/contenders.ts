import { findNginx, startNginx } from './nginx.ts';
import { startProgram, type BenchStack, type Running } from './stack.ts';

export type ContenderName = 'edge' | 'nginx, cached' | 'nginx' | 'http-proxy-middleware' | 'hand-written';

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
    const all: Contender[] = [{ name: 'edge', does: 'JWT checked, two windows exact in Redis, signed, forwarded', ...edge }];
    const nginx = await findNginx();
    if (nginx !== undefined) {
      const { url: authUrl } = await keep(startProgram(import.meta.resolve('./programs/auth-stub.ts')));
      const options = { folder, upstreamUrl: upstream.url, authUrl };
      all.push({ name: 'nginx', does: 'auth_request each time, to an auth that verifies nothing', ...(await keep(startNginx({ ...options, cached: false }))) });
      all.push({ name: 'nginx, cached', does: "auth_request with the answer kept; no limits", ...(await keep(startNginx({ ...options, cached: true }))) });
    }
    const plain = await keep(startProgram(import.meta.resolve('./programs/plain-proxy.ts'), environment));
    all.push({ name: 'http-proxy-middleware', does: 'Express 5, forwards only', ...plain });
    const handWritten = await keep(startProgram(import.meta.resolve('./programs/hand-written.ts'), environment));
    all.push({ name: 'hand-written', does: 'Express 5, fetch to auth, ioredis, fetch to credits, http-proxy-middleware', ...handWritten });
    return { all, nginx, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

import { request } from 'node:http';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A load balancer for TCP connections, as a cloud or an orchestrator puts before several instances of a service. */
export interface Balancer {
  readonly url: string;
  /** An instance that is given connections as long as its `/health` answers 200. */
  add(url: string): void;
  /** Whether the instance is given connections at the moment. */
  takes(url: string): boolean;
  /** How many connections the instance was given so far. */
  given(url: string): number;
  close(): Promise<void>;
}

/** How often an instance is asked whether it is healthy, in milliseconds. */
const CHECK_EVERY_MS = 100;

/** Connections go to the healthy instances in turn; one that refuses is passed over. */
export async function startBalancer(): Promise<Balancer> {
  const healthy = new Map<string, boolean>();
  const given = new Map<string, number>();
  const sockets = new Set<Socket>();
  let turn = 0;
  const next = (tried: ReadonlySet<string>): string | undefined => {
    const candidates = [...healthy].filter(([url, takes]) => takes && !tried.has(url)).map(([url]) => url);
    turn += 1;
    return candidates[turn % candidates.length];
  };
  const join = (incoming: Socket, tried: Set<string>): void => {
    const url = next(tried);
    if (url === undefined) {
      incoming.resetAndDestroy();
      return;
    }
    tried.add(url);
    const { hostname, port } = new URL(url);
    const outgoing = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    sockets.add(outgoing);
    outgoing.once('close', () => sockets.delete(outgoing));
    const refused = (): void => join(incoming, tried);
    outgoing.once('error', refused);
    outgoing.once('connect', () => {
      outgoing.off('error', refused);
      given.set(url, (given.get(url) ?? 0) + 1);
      for (const [from, to] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        from.on('error', () => to.destroy()).on('close', () => to.destroy());
        from.pipe(to);
      }
    });
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (incoming) => {
    sockets.add(incoming);
    incoming.on('error', () => {}).once('close', () => sockets.delete(incoming));
    join(incoming, new Set());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const check = async (): Promise<void> => {
    await Promise.all([...healthy.keys()].map(async (url) => healthy.set(url, await isHealthy(url))));
  };
  const timer = setInterval(() => void check(), CHECK_EVERY_MS);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void healthy.set(url, true),
    takes: (url) => healthy.get(url) === true,
    given: (url) => given.get(url) ?? 0,
    close() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(`${url}/health`, { agent: false, timeout: 30_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asking
      .on('timeout', () => asking.destroy())
      .on('error', () => resolve(false))
      .end();
  });
}

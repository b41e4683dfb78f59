import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a service that a test can break: slow it to a stand-still, cut it, and mend it again. */
export interface TcpProxy {
  readonly port: number;
  /** `pass` forwards; `mute` forwards to the service and nothing back; `stall` accepts and forwards nothing either way; `refuse` closes every connection at once. */
  set(mode: Mode): void;
  /** The connections there are forward nothing more, and nobody is told; new ones work. As when a machine vanishes and another takes its address. */
  forget(): void;
  close(): Promise<void>;
}

type Mode = 'pass' | 'mute' | 'stall' | 'refuse';

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  let mode: Mode = 'pass';
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((incoming) => {
    if (mode === 'refuse') {
      incoming.resetAndDestroy();
      return;
    }
    const outgoing = connect(Number(port), hostname);
    const pair = [incoming, outgoing] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      from.on('error', () => {});
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      from.pipe(to);
      if (isHeld(from, pair, mode)) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next;
      for (const pair of pairs) {
        for (const socket of pair) {
          if (next === 'refuse') socket.resetAndDestroy();
          else if (isHeld(socket, pair, next)) socket.pause();
          else socket.resume();
        }
      }
    },
    forget() {
      for (const pair of pairs) {
        for (const socket of pair) {
          socket.unpipe();
          // Read and dropped, so that whoever left can still be heard leaving.
          socket.resume();
        }
      }
    },
    close: () =>
      new Promise((resolve) => {
        for (const pair of pairs) for (const socket of pair) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Whether nothing is read from a side of a connection, and so nothing forwarded. */
function isHeld(from: Socket, [, outgoing]: readonly [Socket, Socket], mode: Mode): boolean {
  return mode === 'stall' || (mode === 'mute' && from === outgoing);
}

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port, tells the parent where, and ends with the parent. */
export function listenAndTell(server: Server): void {
  // The defaults would close the load's idle connections between two rounds.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', 1_024, () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${port}` })}\n`);
  });
  process.once('disconnect', () => process.exit(0));
  process.once('SIGTERM', () => process.exit(0));
}

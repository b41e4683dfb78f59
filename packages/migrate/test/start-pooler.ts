import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const HEADER_BYTES = 8;

/** What PgBouncer does with the start-up parameter `options`: refuse the connection, or, where it was told to ignore it, drop it. */
type Treatment = 'refuses' | 'ignores';

/** PgBouncer as far as the start of a connection can tell, in front of the server that a URL names. */
export async function startPooler(serverUrl: string, treatment: Treatment) {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const pooler = createServer((client) => {
    track(client).once('data', (startup) => {
      const parameters = parametersOf(startup);
      if (treatment === 'refuses' && parameters.delete('options')) {
        client.end(errorOf('unsupported startup parameter: options'));
        return;
      }
      parameters.delete('options');
      const server = track(connect(Number(target.port), target.hostname));
      server.write(startupWith(startup, parameters));
      client.pipe(server).pipe(client);
    });
  });
  pooler.listen(0, '127.0.0.1');
  await once(pooler, 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(pooler.address() as AddressInfo).port}`;
  return {
    url: url.href,
    async close() {
      pooler.close();
      for (const socket of sockets) socket.destroy();
      await once(pooler, 'close');
    },
  };
}

/** Of a StartupMessage: names and values, each ended by a zero byte. */
function parametersOf(startup: Buffer): Map<string, string> {
  const words = startup.subarray(HEADER_BYTES).toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; words[at]; at += 2) parameters.set(words[at] ?? '', words[at + 1] ?? '');
  return parameters;
}

function startupWith(startup: Buffer, parameters: ReadonlyMap<string, string>): Buffer {
  const words = [...parameters].flatMap(([name, value]) => [`${name}\0`, `${value}\0`]);
  const message = Buffer.concat([startup.subarray(0, HEADER_BYTES), Buffer.from(`${words.join('')}\0`)]);
  message.writeInt32BE(message.length);
  return message;
}

/** An ErrorResponse with the SQLSTATE of a protocol violation. */
function errorOf(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C08P01\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

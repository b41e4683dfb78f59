import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { statementOf } from './statement.ts';

/**
 * ClickHouse's engine (chdb) behind as much of its HTTP interface as its official client uses. `CHDB_FOLDER`: where chdb is installed,
 * `DATA_FOLDER`: its data, `PORT`: where to listen.
 */

interface Session {
  queryAsync(sql: string): Promise<{ bytes(): Uint8Array }>;
  queryBindAsync(sql: string, parameters: object): Promise<{ bytes(): Uint8Array }>;
  close(): void;
}
interface Engine {
  readonly Session: new (folder: string) => Session;
}

const { CHDB_FOLDER = '', DATA_FOLDER = '', PORT = '0' } = process.env;
const { Session } = createRequire(`${CHDB_FOLDER}/`)('chdb') as Engine;
const session = new Session(DATA_FOLDER);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/ping') {
    response.end('Ok.\n');
    return;
  }
  try {
    const { sql, parameters } = statementOf(url.searchParams, await text(request));
    const bound = Object.keys(parameters).length > 0;
    const result = await (bound ? session.queryBindAsync(sql, parameters) : session.queryAsync(sql));
    response.end(result.bytes());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    response.statusCode = 500;
    response.setHeader('X-ClickHouse-Exception-Code', /Code: (\d+)/.exec(message)?.[1] ?? '1001');
    response.end(message);
  }
}

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(PORT), '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ msg: 'listening', url: `http://127.0.0.1:${portOf()}` })}\n`);
});

function portOf(): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function stop(): void {
  session.close();
  process.exit(0);
}
process.once('SIGTERM', stop).once('disconnect', stop);

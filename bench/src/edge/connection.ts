import { connect, type Socket } from 'node:net';

/**
 * A kept HTTP/1.1 connection with one request at a time, which does as little as can be: the generator shares its core with the upstream,
 * and what it spends the proxies cannot get. It understands `Content-Length` and chunked bodies, which is all that is measured here.
 */
export class Connection {
  readonly #socket: Socket;
  #received = '';
  #onAnswer: ((status: number) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#read(text));
    // A connection that breaks answers with status 0, which counts as an error.
    socket.on('error', () => {});
    socket.on('close', () => this.#answer(0));
  }

  /** Connects to an origin. */
  static open(origin: string): Promise<Connection> {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => resolve(new Connection(socket)));
    });
  }

  /** Sends a whole request and calls back with the status when its answer is complete; 0 for a broken connection. */
  send(request: string, onAnswer: (status: number) => void): void {
    this.#onAnswer = onAnswer;
    if (this.#socket.destroyed) setImmediate(() => this.#answer(0));
    else this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#onAnswer = undefined;
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received = this.#received === '' ? text : this.#received + text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const complete =
      length === undefined
        ? this.#received.endsWith('\r\n0\r\n\r\n')
        : this.#received.length >= headEnd + 4 + Number(length);
    if (!complete) return;
    const status = Number(head.slice(9, 12));
    this.#received = '';
    this.#answer(status);
  }

  #answer(status: number): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(status);
  }
}

/** The bytes of a request with a token. */
export function requestBytes(method: 'GET' | 'POST', path: string, token: string, json = ''): string {
  const body =
    method === 'GET' ? '' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer ${token}\r\nAccept: */*\r\n${body}\r\n${json}`;
}

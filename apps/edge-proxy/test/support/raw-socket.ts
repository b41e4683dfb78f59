import { connect, type Socket } from 'node:net';

/** A connection on which a test writes whatever bytes it likes. */
export interface RawSocket {
  readonly socket: Socket;
  /** Everything received so far, as latin1. */
  text(): string;
  /** Text is sent as latin1, so any byte can be written. */
  write(bytes: string | Buffer): void;
  /** Resolves with all bytes received when the other side has closed. */
  closed: Promise<string>;
  /** Resolves when what was received matches. */
  until(pattern: RegExp): Promise<string>;
  destroy(): void;
}

export function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  const waiting = new Set<() => void>();
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (const check of waiting) check();
  });
  // A reset is a close, seen from here.
  socket.on('error', () => {});
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!pattern.test(text)) return;
        waiting.delete(check);
        resolve(text);
      };
      waiting.add(check);
      socket.once('close', () => reject(new Error(`closed before ${String(pattern)} came; received: ${text}`)));
      check();
    });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve({
        socket,
        text: () => text,
        write: (bytes) => void socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
        closed,
        until,
        destroy: () => void socket.destroy(),
      });
    });
  });
}

/** Sends bytes on a connection of their own and gives what came back until it was closed. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  const raw = await openRawSocket(url);
  raw.write(bytes);
  return raw.closed;
}

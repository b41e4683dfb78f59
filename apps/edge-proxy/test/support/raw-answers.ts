import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A backend below HTTP: every request is answered with whatever bytes a test wants, so that no HTTP server of ours has its say. */
export interface RawAnswers {
  readonly url: string;
  /** Requests received so far, by their first line. */
  readonly received: string[];
  /** Called with each request's connection; it writes the answer. */
  answer: (socket: Socket, request: string) => void;
  close(): Promise<void>;
}

/** Starts one on a free port. Requests without a body only. */
export async function startRawAnswers(): Promise<RawAnswers> {
  const sockets = new Set<Socket>();
  const received: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end);
        text = text.slice(end + 4);
        received.push(request.split('\r\n', 1)[0] ?? '');
        answers.answer(socket, request);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answers: RawAnswers = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return answers;
}

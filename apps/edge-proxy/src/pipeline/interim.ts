import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';

/** Interim responses before one answer; an upstream that sends more does not mean to give one. */
export const INTERIM_MAX = 64;

/**
 * Passes an interim response on (RFC 9110 §15.2) as soon as the connection is this exchange's; HTTP/1.0 knows none, and
 * a `100 Continue` ends here, since the edge answers expectations itself. `headers` is a flat list.
 */
export function passInterim({ request, response }: Exchange, status: number, headers: readonly string[]): void {
  if (status === 100 || request.httpVersion !== '1.1' || response.destroyed) return;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Interim'}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) head += `${headers[index]}: ${headers[index + 1]}\r\n`;
  const write = (socket: Socket): void => void socket.write(`${head}\r\n`, 'latin1');
  if (response.socket === null) response.once('socket', write);
  else write(response.socket);
}

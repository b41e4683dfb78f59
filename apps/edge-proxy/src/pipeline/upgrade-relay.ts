import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { cleanResponseHeaders } from '../domain/response-headers.ts';
import type { Edge } from '../edge.ts';
import { EdgeFault } from '../upstream/failure.ts';
import type { Target } from '../upstream/upstream.ts';
import { addCommonHeaders, creditHeaders } from './answer.ts';
import type { Exchange, UpgradeWish } from './exchange.ts';
import { Relay, type AttemptOutcome } from './relay.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * A request to speak WebSocket. The upstream's 101 joins the two connections, byte by byte and both ways; any other response is relayed
 * like that of an ordinary request. A metered socket is charged when it ends, once.
 */
export class UpgradeRelay extends Relay {
  readonly #exchange: Exchange;
  readonly #edge: Edge;
  readonly #wish: UpgradeWish;
  readonly #conclude: (outcome: AttemptOutcome) => void;

  constructor(
    exchange: Exchange,
    edge: Edge,
    target: Target,
    wish: UpgradeWish,
    conclude: (outcome: AttemptOutcome) => void,
  ) {
    super(exchange, edge, target, conclude);
    this.#exchange = exchange;
    this.#edge = edge;
    this.#wish = wish;
    this.#conclude = conclude;
    wish.socket.on('readable', this.#watch).once('end', this.#left);
  }

  /** The HTTP server no longer reads this connection, so without a look nobody would notice its end while the upstream makes up its mind. */
  readonly #watch = (): void => {
    if (this.#wish.socket.readableLength === 0) this.#wish.socket.read();
  };

  readonly #left = (): void => void this.#wish.socket.destroy();

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    headers: Headers,
    upstream: Duplex,
  ): void {
    try {
      this.#join(controller, headers, upstream);
    } catch (error) {
      throw new EdgeFault(error);
    }
  }

  #join(controller: Dispatcher.DispatchController, headers: Headers, upstream: Duplex): void {
    const { socket, head } = this.#wish;
    const { response, revoked } = this.#exchange;
    const told = this.meter?.begin(101, undefined);
    if (told === undefined ? revoked : this.withheld(told.charged)) {
      // Nobody reads what the upstream still says, nor how its connection ends.
      upstream.on('error', () => {}).destroy();
      if (told === undefined) this.#conclude({ kind: 'client', error: this.#exchange.revokedError(), sent: true });
      else this.endWithheld();
      return;
    }
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : [];
    const list = cleanResponseHeaders(raw, {
      connection: typeof headers['connection'] === 'string' ? headers['connection'] : undefined,
      replaced: new Set(),
      status: 101,
      addresses: this.#exchange.destination.upstream.definition.addresses,
      client: this.#exchange.origin,
    });
    list.push('Upgrade', 'websocket', 'Connection', 'Upgrade');
    addCommonHeaders(list, this.#exchange);
    if (told !== undefined) list.push(...creditHeaders(told.charged, told.remaining));
    socket.off('readable', this.#watch).off('end', this.#left);
    response.detachSocket(this.#exchange.request.socket);
    this.#exchange.upgraded = true;
    socket.write(head101(list), 'latin1');
    if (head.length > 0) upstream.write(head);
    join(socket, upstream, () => {
      void this.meter?.abandon();
      this.#edge.finished(this.#exchange);
    });
    this.#exchange.carrier = {
      clientGone() {
        socket.destroy();
        upstream.destroy();
        return false;
      },
    };
    // It speaks another protocol now, and is none of the upstream's connections for requests any more.
    this.release();
    this.#conclude('answered');
  }
}

function head101(list: readonly string[]): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let index = 0; index + 1 < list.length; index += 2) text += `${list[index]}: ${list[index + 1]}\r\n`;
  return `${text}\r\n`;
}

/** Pipes two connections into each other until either ends; then both are gone. `onEnd` runs once. */
function join(client: Duplex, upstream: Duplex, onEnd: () => void): void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    client.destroy();
    upstream.destroy();
    onEnd();
  };
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', end).on('close', end);
    // A half-closed socket has said all it will; the other side still may answer before it closes as well.
    from.on('end', () => to.end());
    from.pipe(to, { end: false });
  }
}

import type { IncomingMessage, InformationEvent } from 'node:http';
import type { Dispatcher } from 'undici';
import { headerValue } from '../domain/header-value.ts';
import { cleanResponseHeaders } from '../domain/response-headers.ts';
import { EdgeFault } from '../upstream/failure.ts';
import { UpgradeCall, type UpgradeEvents, type UpgradeOptions } from '../upstream/upgrade-call.ts';
import type { Target } from '../upstream/upstream.ts';
import { addCommonHeaders, creditHeaders } from './answer.ts';
import type { Exchange, UpgradeRequest } from './exchange.ts';
import { Relay, type AttemptOutcome, type RelayTools } from './relay.ts';

/**
 * A request to speak WebSocket, carried by http-proxy-middleware: a 101 joins the two connections, any other response
 * is relayed like an ordinary one. A metered socket is charged when it ends, once.
 */
export class UpgradeRelay extends Relay implements UpgradeEvents {
  readonly #exchange: Exchange;
  readonly #edge: RelayTools;
  readonly #upgrade: UpgradeRequest;
  readonly #conclude: (outcome: AttemptOutcome) => void;
  readonly #controller = new NodeController((reason) => this.#call?.abort(reason));
  #call: UpgradeCall | undefined;

  constructor(
    exchange: Exchange,
    edge: RelayTools,
    target: Target,
    upgrade: UpgradeRequest,
    conclude: (outcome: AttemptOutcome) => void,
  ) {
    super(exchange, edge, target, conclude);
    this.#exchange = exchange;
    this.#edge = edge;
    this.#upgrade = upgrade;
    this.#conclude = conclude;
  }

  /** Begins the attempt. */
  begin(options: Omit<UpgradeOptions, 'client' | 'early'>): void {
    const { socket, head } = this.#upgrade;
    socket.on('readable', this.#watch).once('end', this.#left);
    this.#call = new UpgradeCall({ ...options, client: socket, early: head }, this);
  }

  /**
   * The HTTP server no longer reads this connection, so without reading it nobody would notice its end while the
   * upstream makes up its mind.
   */
  readonly #watch = (): void => {
    if (this.#upgrade.socket.readableLength === 0) this.#upgrade.socket.read();
  };

  readonly #left = (): void => void this.#upgrade.socket.destroy();

  sent(): void {
    this.onRequestStart(this.#controller);
    this.onRequestSent();
  }

  informed({ statusCode, headers, rawHeaders }: InformationEvent): void {
    this.#controller.rawHeaders = rawHeaders;
    this.onResponseStart(this.#controller, statusCode, headers);
  }

  failed(error: Error): void {
    this.#stopWatching();
    this.onResponseError(this.#controller, error);
  }

  refused(response: IncomingMessage): void {
    const controller = this.#controller;
    controller.response = response;
    controller.rawHeaders = response.rawHeaders;
    response.on('data', (chunk: Buffer) => this.onResponseData(controller, chunk));
    response.once('end', () => this.onResponseEnd(controller, response.trailers));
    response.once('error', (error) => this.onResponseError(controller, controller.reason ?? error));
    this.onResponseStart(controller, response.statusCode ?? 0, response.headers);
  }

  accepted(response: IncomingMessage): string | undefined {
    try {
      return this.#join(response);
    } catch (error) {
      this.failed(new EdgeFault(error));
      return undefined;
    }
  }

  ended(): void {
    void this.meter?.abandon();
    this.#edge.finished(this.#exchange);
  }

  /**
   * Hands the connection over, and returns the head of the client's 101; nothing for a client that lost access
   * meanwhile.
   */
  #join({ rawHeaders, headers }: IncomingMessage): string | undefined {
    const { response, request, revoked, origin, destination } = this.#exchange;
    const told = this.meter?.begin(101, undefined);
    if (told === undefined ? revoked : this.withheld(told)) {
      if (told === undefined) this.#conclude({ kind: 'client', error: this.#exchange.revokedError(), sent: true });
      else this.endWithheld();
      return undefined;
    }
    const list = cleanResponseHeaders(rawHeaders, {
      connection: headerValue(headers.connection),
      replaced: new Set(),
      status: 101,
      upstream: destination.upstream.definition,
      client: origin,
    });
    list.push('Upgrade', 'websocket', 'Connection', 'Upgrade');
    addCommonHeaders(list, this.#exchange);
    if (told !== undefined) list.push(...creditHeaders(told));
    this.#stopWatching();
    response.detachSocket(request.socket);
    this.#exchange.upgraded = true;
    this.#exchange.endlessSinceMs = this.#edge.monotonicMs();
    this.#exchange.inFlight = {
      clientGone: () => {
        this.#call?.abort(new Error('the client left'));
        return false;
      },
    };
    // It speaks another protocol now, and is none of the upstream's connections for requests any more.
    this.release();
    this.#conclude('answered');
    return head101(list);
  }

  #stopWatching(): void {
    this.#upgrade.socket.off('readable', this.#watch).off('end', this.#left);
  }
}

/** A request of Node's client as undici's handlers see theirs. */
class NodeController implements Dispatcher.DispatchController {
  response: IncomingMessage | undefined;
  /** Of the head that came last. */
  rawHeaders: string[] = [];
  reason: Error | null = null;
  readonly #abort: (reason: Error) => void;

  constructor(abort: (reason: Error) => void) {
    this.#abort = abort;
  }

  get aborted(): boolean {
    return this.reason !== null;
  }

  get paused(): boolean {
    return this.response?.isPaused() ?? false;
  }

  abort(reason: Error): void {
    this.reason ??= reason;
    this.response?.destroy(reason);
    this.#abort(reason);
  }

  pause(): void {
    this.response?.pause();
  }

  resume(): void {
    this.response?.resume();
  }
}

function head101(list: readonly string[]): string {
  let text = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let index = 0; index + 1 < list.length; index += 2) text += `${list[index]}: ${list[index + 1]}\r\n`;
  return `${text}\r\n`;
}

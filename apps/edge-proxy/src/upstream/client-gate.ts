import { Duplex } from 'node:stream';

/**
 * Handed to http-proxy-middleware in place of a client's connection. Closed, it swallows what the library writes and
 * does, so that the connection stays the edge's until the upstream has accepted; opened, it carries the bytes both
 * ways.
 */
export class ClientGate extends Duplex {
  #open = false;
  readonly #client: Duplex;

  constructor(client: Duplex) {
    super({ allowHalfOpen: true });
    this.#client = client;
    // The library ends a gate whose upstream fails; the client learns of it from the edge.
    this.on('error', () => {});
  }

  /** Options of a socket that the library sets; the client's own are the edge's matter. */
  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  /** Lets bytes through, after `head` to the client (as latin1, which keeps them as they are) and `early`, what the client sent meanwhile, from it. */
  open(head: string, early: Buffer): void {
    this.#open = true;
    this.#client.write(head, 'latin1');
    if (early.length > 0) this.push(early);
    this.#client
      .on('data', (chunk: Buffer) => {
        if (!this.push(chunk)) this.#client.pause();
      })
      .once('end', () => this.push(null))
      .once('close', () => this.destroy());
  }

  override _read(): void {
    if (this.#open) this.#client.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (!this.#open || this.#client.write(chunk)) done();
    else this.#client.once('drain', done);
  }

  override _final(done: () => void): void {
    if (this.#open) this.#client.end(done);
    else done();
  }

  override _destroy(_error: Error | null, done: (error: null) => void): void {
    if (this.#open) this.#client.destroy();
    done(null);
  }
}

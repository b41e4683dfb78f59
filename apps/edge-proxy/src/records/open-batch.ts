import { PATTERN_CHARS_MAX, type CallerFacts, type RouteFacts, type WindowFacts } from '@turnpike/contracts';
import type { Caller } from '../domain/principal.ts';
import type { Route } from '../domain/route.ts';
import type { Window } from '../domain/windows.ts';
import type { Presented } from '../neighbours/introspection.ts';
import type { TextBuffer } from '../text-buffer.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** A route of no name: nothing matched. */
const NO_ROUTE: RouteFacts = [null, null, null];
const NO_KEY = { keyId: undefined, keyPrefix: undefined };

/** A batch that is being filled. What its records share is written once and named by its place. */
export class OpenBatch {
  readonly sinceMs: number;
  readonly #rows: TextBuffer;
  #size = 0;
  readonly #callers: CallerFacts[] = [];
  readonly #keyPrefixes: Record<string, string> = {};
  readonly #routes: RouteFacts[] = [];
  readonly #patterns: string[] = [];
  readonly #windows: WindowFacts[] = [];
  readonly #places = new Map<object | string | undefined, number>();

  /** `rows` is empty, and used by one batch at a time. */
  constructor(sinceMs: number, rows: TextBuffer) {
    this.sinceMs = sinceMs;
    this.#rows = rows;
  }

  /** Records so far. */
  get size(): number {
    return this.#size;
  }

  /** Begins a row. Its members follow on what this returns, and the bracket that ends it; nothing in between may throw. */
  begin(): TextBuffer {
    this.#rows.addShort(this.#size === 0 ? '[' : ',[');
    this.#size += 1;
    return this.#rows;
  }

  /** `presented`: whose a refused credential was. Principals are remembered objects, so that they are found without comparing their members. */
  callerOf(caller: Caller, presented: Presented | undefined): number {
    const name = presented ?? nameOf(caller);
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.#callers.push(presented === undefined ? factsOf(caller) : factsOfPresented(presented)) - 1;
    this.#places.set(name, place);
    const { keyId, keyPrefix } = presented ?? (caller.kind === 'user' ? caller.principal : NO_KEY);
    if (keyId !== undefined && keyPrefix !== undefined) this.#keyPrefixes[keyId] = keyPrefix;
    return place;
  }

  routeOf(route: Route | undefined, upstream: Upstream | undefined): number {
    const known = this.#places.get(route);
    if (known !== undefined) return known;
    const facts: RouteFacts =
      route === undefined ? NO_ROUTE : [route.id, route.upstream, upstream?.addressClass ?? null];
    const place = this.#routes.push(facts) - 1;
    this.#patterns.push(route?.pattern.source.slice(0, PATTERN_CHARS_MAX) ?? '');
    this.#places.set(route, place);
    return place;
  }

  windowOf(window: Window): number {
    const known = this.#places.get(window);
    if (known !== undefined) return known;
    const { name, limit, lengthMs } = window;
    const place = this.#windows.push([name, limit, Math.round(lengthMs / 1_000)]) - 1;
    this.#places.set(window, place);
    return place;
  }

  /** The JSON that travels (`recordBatch`). The batch is empty afterwards. */
  text(): string {
    const shared = JSON.stringify({
      t: this.sinceMs,
      c: this.#callers,
      r: this.#routes,
      w: this.#windows,
      k: this.#keyPrefixes,
      p: this.#patterns,
    });
    return `${shared.slice(0, -1)},"d":[${this.#rows.take()}]}`;
  }
}

/** What a caller is known by within a batch. */
function nameOf(caller: Caller): object | string {
  switch (caller.kind) {
    case 'user':
      return caller.principal;
    case 'service':
      return `service ${caller.name} ${caller.actingFor ?? ''}`;
    case 'admin':
    case 'anonymous':
      return caller.kind;
  }
}

function factsOf(caller: Caller): CallerFacts {
  switch (caller.kind) {
    case 'user': {
      const { userId, organisation, keyId, projectId, sessionId, tier } = caller.principal;
      return [
        'user',
        userId,
        organisation?.id ?? null,
        organisation?.env ?? null,
        keyId ?? null,
        projectId ?? null,
        sessionId ?? null,
        null,
        tier,
      ];
    }
    case 'service':
      return ['service', caller.actingFor ?? null, null, null, null, null, null, caller.name, caller.tier ?? null];
    case 'admin':
    case 'anonymous':
      return [caller.kind, null, null, null, null, null, null, null, null];
  }
}

function factsOfPresented({ userId, organisationId, keyId, sessionId }: Presented): CallerFacts {
  return ['refused', userId, organisationId ?? null, null, keyId ?? null, null, sessionId ?? null, null, null];
}

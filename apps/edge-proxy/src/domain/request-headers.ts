import { isDroppedFromRequest, nominatedBy, rememberByName } from './header-rules.ts';

/** Values the edge itself reads, taken from the raw list in one pass. Names are the wire's, in lower case. */
const CAPTURED = [
  'host',
  'connection',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-service-key',
  'x-admin-key',
  'x-console-key',
  'x-user-id',
  'x-tenant-slug',
  'x-request-id',
  'traceparent',
  'tracestate',
  'cookie',
  'idempotency-key',
  'origin',
  'access-control-request-method',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
] as const;
export type CapturedName = (typeof CAPTURED)[number];

/** Headers of which a request may have one only: two are two opinions, and the next server may hold the other one. */
const SINGLE: ReadonlySet<CapturedName> = new Set<CapturedName>([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-service-key',
  'x-admin-key',
  'x-console-key',
  'idempotency-key',
]);

interface Rule {
  readonly dropped: boolean;
  /** Place among `CAPTURED`, or -1. */
  readonly slot: number;
}

/** Distinct header names remembered with their rule. */
const NAMES_MAX = 2_048;
const SLOTS: ReadonlyMap<string, number> = new Map(CAPTURED.map((name, slot) => [name, slot]));
const ruleOf = rememberByName<Rule>(
  (name) => ({ dropped: isDroppedFromRequest(name), slot: SLOTS.get(name.toLowerCase()) ?? -1 }),
  NAMES_MAX,
);

/** A request's headers after hygiene: what may be forwarded, and apart from it what the edge reads for itself. */
export class RequestHeaders {
  /** Flat `[name, value, …]` list in the client's order, case and repetition, without anything that ends at the edge. */
  readonly forward: string[] = [];
  /** The first single-valued header that was sent more than once. */
  readonly repeated: CapturedName | undefined;
  readonly #captured: (string | undefined)[] = [];

  /** `raw` is Node's flat `rawHeaders`. */
  constructor(raw: readonly string[]) {
    let repeated: CapturedName | undefined;
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = raw[index] ?? '';
      const value = raw[index + 1] ?? '';
      const rule = ruleOf(name);
      if (!rule.dropped) this.forward.push(name, value);
      if (rule.slot === -1) continue;
      const earlier = this.#captured[rule.slot];
      if (earlier === undefined) {
        this.#captured[rule.slot] = value;
        continue;
      }
      const wireName = CAPTURED[rule.slot];
      if (wireName !== undefined && SINGLE.has(wireName)) repeated ??= wireName;
      this.#captured[rule.slot] = `${earlier}, ${value}`;
    }
    this.repeated = repeated;
    const nominees = nominatedBy(this.get('connection'));
    if (nominees !== undefined && nominees.size > 0) this.forward = withoutNames(this.forward, nominees);
  }

  /** The value of a header the edge reads; repeated list headers are joined with a comma (RFC 9110 §5.3). */
  get(name: CapturedName): string | undefined {
    return this.#captured[SLOTS.get(name) ?? -1];
  }
}

function withoutNames(list: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] ?? '';
    if (!names.has(name.toLowerCase())) kept.push(name, list[index + 1] ?? '');
  }
  return kept;
}

import type { Allowance } from '@turnpike/contracts';

/**
 * Windows of a rate limit: one opens with its first request and lasts its whole length. The algorithm of the script in
 * Redis (src/limits/limit-script.ts), for when Redis is down.
 */

export const MINUTE_MS = 60_000;

/** One window of a subject. `name` appears in `RateLimit-Policy`. */
export interface Window {
  readonly name: string;
  readonly limit: number;
  readonly lengthMs: number;
}

/** A window of one minute. */
export function perMinute(limit: number, name = 'minute'): Window {
  return { name, limit, lengthMs: MINUTE_MS };
}

/** The window that a contract's allowance means. */
export function windowOf(allowance: Allowance, name: string): Window {
  return 'perMinute' in allowance
    ? perMinute(allowance.perMinute, name)
    : { name, limit: allowance.requests, lengthMs: allowance.windowSeconds * 1_000 };
}

/** Something that is counted: a user, a key, an address, or one of these on one route. */
export interface Subject {
  /** Unique name, used as the key in the store. */
  readonly key: string;
  readonly windows: readonly Window[];
}

/** What one request is counted against, decided in one step. Requests with equal ids in one tick share a decision. */
export interface LimitPlan {
  readonly id: string;
  readonly subjects: readonly Subject[];
  /** Those of all subjects, in order. */
  readonly windows: readonly Window[];
}

/** Puts subjects together. All must be of one slot of the store, as `subjectKey` makes them for one caller. */
export function planOf(subjects: readonly Subject[]): LimitPlan {
  const parts = subjects.map(({ key, windows }) => `${key}=${windows.map((window) => window.limit).join(',')}`);
  const windows =
    subjects.length === 1 && subjects[0] ? subjects[0].windows : subjects.flatMap((subject) => subject.windows);
  return { id: parts.join('|'), subjects, windows };
}

/** FNV-1a of 32 bits: spreads names evenly, and keeps nothing secret. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Slots that limits are spread over. More than any cluster has nodes; few enough that a tick's decisions still share calls. */
const SLOTS = 64;

/**
 * The store's key of something counted. Everything counted for one caller lies in one slot of a Redis Cluster, which the part in braces
 * decides, so that one script decides it all.
 */
export function subjectKey(caller: string, what = ''): string {
  return `{limit:${hashOf(caller) % SLOTS}}:${caller}${what === '' ? '' : `:${what}`}`;
}

/** Where one window stands after a decision. */
export interface WindowState {
  readonly window: Window;
  /** Requests still admitted in this window, ≥ 0. */
  readonly remaining: number;
  /** When the window ends, epoch milliseconds on the deciding clock. */
  readonly resetAtMs: number;
}

/** The outcome for one request over all windows of all its subjects. A refused request was counted nowhere. */
export interface Decision {
  readonly admitted: boolean;
  readonly states: readonly WindowState[];
  /** The windows of the states, in their order; the plan's own list. */
  readonly windows: readonly Window[];
  /** The deciding clock at the decision, epoch milliseconds. */
  readonly nowMs: number;
  /** Decided by this process alone, against its share of the limit. */
  readonly degraded: boolean;
}

/** The state whose window has the fewest requests left; of equals the one that takes longest to open again. */
export function tightest(states: readonly WindowState[]): WindowState | undefined {
  let found: WindowState | undefined;
  for (const state of states) {
    const closer = found === undefined || state.remaining < found.remaining;
    if (closer || (state.remaining === found?.remaining && state.resetAtMs > found.resetAtMs)) found = state;
  }
  return found;
}

/** Whole seconds from `nowMs` until `atMs`, at least 1, as `Retry-After` wants them. */
function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1_000));
}

/** Seconds to wait after a refusal: until the last of the exhausted windows opens again. */
export function retryAfterSeconds(decision: Decision): number {
  const exhausted = decision.states.filter((state) => state.remaining === 0).map((state) => state.resetAtMs);
  return secondsUntil(Math.max(...exhausted, decision.nowMs), decision.nowMs);
}

/** `RateLimit-Policy` of windows that are always the same list. */
const policies = new WeakMap<readonly Window[], string>();

function policyOf(windows: readonly Window[]): string {
  let policy = policies.get(windows);
  if (policy === undefined) {
    policy = windows
      .map(({ name, limit, lengthMs }) => `"${name}";q=${limit};w=${Math.round(lengthMs / 1_000)}`)
      .join(', ');
    policies.set(windows, policy);
  }
  return policy;
}

/**
 * Appends the rate-limit headers of a response to a flat list: the `X-RateLimit-*` trio for the tightest window (reset in epoch seconds),
 * and `RateLimit-Policy`/`RateLimit` for all (draft-ietf-httpapi-ratelimit-headers: reset in seconds from now).
 */
export function addLimitHeaders(list: string[], { states, windows, nowMs }: Decision): void {
  const nearest = tightest(states);
  if (nearest === undefined) return;
  let limits = '';
  for (const { window, remaining, resetAtMs } of states) {
    if (limits !== '') limits += ', ';
    limits += `"${window.name}";r=${remaining};t=${secondsUntil(resetAtMs, nowMs)}`;
  }
  list.push(
    'X-RateLimit-Limit',
    String(nearest.window.limit),
    'X-RateLimit-Remaining',
    String(nearest.remaining),
    'X-RateLimit-Reset',
    String(Math.ceil(nearest.resetAtMs / 1_000)),
    'RateLimit-Policy',
    policyOf(windows),
    'RateLimit',
    limits,
  );
}

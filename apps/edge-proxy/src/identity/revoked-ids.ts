import type { Notice } from '../domain/notice.ts';
import type { Principal } from '../domain/principal.ts';

/** Sessions, keys and users whose revocation is remembered one by one; far more than one cache life usually sees. */
const IDS_MAX = 200_000;

/**
 * When each session, key or user last lost access or changed, by this process's monotonic clock at the moment it heard
 * of it: an answer of auth's that was asked for before then is void.
 */
export class RevokedIds {
  readonly #heardAtMs = new Map<string, number>();
  readonly #keptMs: number;
  readonly #monotonicMs: () => number;
  /** Past `IDS_MAX` the oldest are forgotten, and every answer as old as they are is void instead. */
  #forgottenAtMs = Number.NEGATIVE_INFINITY;
  /** When something unknown was last heard of: every answer that was asked for before then is void. */
  #unknownAtMs = Number.NEGATIVE_INFINITY;

  /** `keptMs`: the longest life of a cached answer, plus that of a question under way. */
  constructor(keptMs: number, monotonicMs: () => number) {
    this.#keptMs = keptMs;
    this.#monotonicMs = monotonicMs;
  }

  add(notice: Notice): void {
    const now = this.#monotonicMs();
    if (notice.kind === 'unknown') {
      this.#unknownAtMs = now;
      return;
    }
    const name = `${notice.kind}:${notice.id}`;
    // Deleting first moves the id to the end, so the map stays in order of time.
    this.#heardAtMs.delete(name);
    this.#heardAtMs.set(name, now);
    for (const [oldest, heardAtMs] of this.#heardAtMs) {
      const outlived = heardAtMs <= now - this.#keptMs;
      if (!outlived && this.#heardAtMs.size <= IDS_MAX) break;
      if (!outlived) this.#forgottenAtMs = heardAtMs;
      this.#heardAtMs.delete(oldest);
    }
  }

  /** Whether all access of the user ended at or after `sinceMs`. What ends that has a kind of its own, so notices of unknown kinds do not count. */
  userEndedSince(userId: string, sinceMs: number): boolean {
    return sinceMs <= this.#forgottenAtMs || this.#endedSince(`principal:${userId}`, sinceMs);
  }

  #endedSince(name: string, sinceMs: number): boolean {
    return (this.#heardAtMs.get(name) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  /** Whether the principal's session, key or user lost access, or its account changed, at or after `sinceMs`. */
  endedSince({ userId, sessionId, keyId }: Principal, sinceMs: number): boolean {
    if (sinceMs <= this.#unknownAtMs) return true;
    if (this.#heardAtMs.size === 0) return false;
    if (sinceMs <= this.#forgottenAtMs) return true;
    const ended = (name: string): boolean => this.#endedSince(name, sinceMs);
    return (
      ended(`principal:${userId}`) ||
      ended(`account:${userId}`) ||
      (sessionId !== undefined && ended(`session:${sessionId}`)) ||
      (keyId !== undefined && ended(`key:${keyId}`))
    );
  }
}

import type { Notice } from '../domain/notice.ts';
import type { Principal } from '../domain/principal.ts';

/** Ids whose revocation is remembered one by one; far more than one cache life usually sees. */
const IDS_MAX = 200_000;

/**
 * When each session, key, user, organisation or membership last lost access or changed, by this process's monotonic clock at the moment it
 * heard of it: an answer of auth's about it that was asked for before then is void. Whatever it was that was said of an id, so it is
 * remembered by the id alone.
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
    this.#remember(notice.id, now);
    if (notice.kind === 'principal') this.#remember(endOf(notice.id), now);
    for (const [oldest, heardAtMs] of this.#heardAtMs) {
      const outlived = heardAtMs <= now - this.#keptMs;
      if (!outlived && this.#heardAtMs.size <= IDS_MAX) break;
      if (!outlived) this.#forgottenAtMs = heardAtMs;
      this.#heardAtMs.delete(oldest);
    }
  }

  #remember(name: string, atMs: number): void {
    // Deleting first moves the name to the end, so the map stays in order of time.
    this.#heardAtMs.delete(name);
    this.#heardAtMs.set(name, atMs);
  }

  /** Whether all access of the user ended at or after `sinceMs`. What ends that has a kind of its own, so notices of unknown kinds do not count. */
  userEndedSince(userId: string, sinceMs: number): boolean {
    return sinceMs <= this.#forgottenAtMs || this.#heardSince(endOf(userId), sinceMs);
  }

  #heardSince(name: string | undefined, sinceMs: number): boolean {
    return name !== undefined && (this.#heardAtMs.get(name) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  /** Whether anything that the principal stands for lost access or changed, at or after `sinceMs`. */
  endedSince({ userId, sessionId, keyId, organisation }: Principal, sinceMs: number): boolean {
    if (sinceMs <= this.#unknownAtMs) return true;
    if (this.#heardAtMs.size === 0) return false;
    if (sinceMs <= this.#forgottenAtMs) return true;
    if (this.#heardSince(userId, sinceMs) || this.#heardSince(sessionId, sinceMs)) return true;
    if (this.#heardSince(keyId, sinceMs)) return true;
    if (organisation === undefined) return false;
    return this.#heardSince(organisation.id, sinceMs) || this.#heardSince(organisation.membershipId, sinceMs);
  }
}

/** The name under which the end of all access of a user is remembered, beside what else may be said of the user. */
function endOf(userId: string): string {
  return `end:${userId}`;
}

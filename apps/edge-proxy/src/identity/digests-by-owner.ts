import type { Principal } from '../domain/principal.ts';

/** One digest of most owners, so no set is made for it. */
type Digests = string | Set<string>;

/** Which credentials stand for a session, a key, a user, an organisation or a membership. Ids are unique across all of them, so they share one map. */
export class DigestsByOwner {
  readonly #digests = new Map<string, Digests>();

  add(principal: Principal, digest: string): void {
    for (const id of ownersOf(principal)) if (id !== undefined) this.#add(id, digest);
  }

  delete(principal: Principal, digest: string): void {
    for (const id of ownersOf(principal)) if (id !== undefined) this.#delete(id, digest);
  }

  /** A copy, so that it may be deleted from meanwhile. */
  digestsOf(id: string): readonly string[] {
    const digests = this.#digests.get(id);
    if (digests === undefined) return [];
    return typeof digests === 'string' ? [digests] : [...digests];
  }

  #add(id: string, digest: string): void {
    const digests = this.#digests.get(id);
    if (digests === undefined) this.#digests.set(id, digest);
    else if (typeof digests !== 'string') digests.add(digest);
    else if (digests !== digest) this.#digests.set(id, new Set([digests, digest]));
  }

  #delete(id: string, digest: string): void {
    const digests = this.#digests.get(id);
    if (digests === digest) this.#digests.delete(id);
    if (digests === undefined || typeof digests === 'string') return;
    digests.delete(digest);
    if (digests.size === 0) this.#digests.delete(id);
  }
}

function ownersOf({ userId, sessionId, keyId, organisation }: Principal): (string | undefined)[] {
  return [userId, sessionId, keyId, organisation?.id, organisation?.membershipId];
}

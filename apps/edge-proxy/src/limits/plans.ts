import { LRUCache } from 'lru-cache';
import { LLM_KEY_REQUESTS_PER_MINUTE } from '@turnpike/contracts';
import { clientNetwork } from '@turnpike/service-kit';
import type { Caller, Principal } from '../domain/principal.ts';
import type { FamilyLimit, Route } from '../domain/route.ts';
import type { Tiers } from '../domain/tiers.ts';
import {
  MINUTE_MS,
  perMinute,
  planOf,
  subjectKey,
  type LimitPlan,
  type Subject,
  type Window,
} from '../domain/windows.ts';
import { Strangers } from './strangers.ts';

/** Plans that are remembered of callers who call often, by address or by credential. */
const REMEMBERED_MAX = 20_000;

/** What each request is counted against. */
export class Plans {
  readonly #tiers: Tiers;
  readonly #remembered = new LRUCache<string, LimitPlan>({ max: REMEMBERED_MAX });
  /** Apart from the principals, of which many more are kept than are busy. */
  readonly #ofPrincipals = new LRUCache<Principal, LimitPlan>({ max: REMEMBERED_MAX });

  /** Of keys that call models. */
  readonly #ofModelCallers = new WeakMap<Principal, LimitPlan>();
  readonly #strangers: Strangers;

  constructor(tiers: Tiers, monotonicMs: () => number) {
    this.#tiers = tiers;
    const lengthsMs = tiers.windowsOfCaller('anonymous').map(({ lengthMs }) => lengthMs);
    this.#strangers = new Strangers(Math.max(MINUTE_MS, ...lengthsMs), monotonicMs);
  }

  /** The caller's limits (tier, key, address, or an operator's generous tier), and the route's own; in place of the caller's those of the `family`. */
  planFor(
    caller: Caller,
    route: Route | undefined,
    address: string,
    family: FamilyLimit | undefined = route?.familyLimit,
  ): LimitPlan {
    if (route?.provider !== undefined && caller.kind === 'user') return this.#modelPlan(caller.principal);
    const own = familyPlan(caller, family) ?? this.#callerPlan(caller, address);
    const { limit, id } = route ?? {};
    if (limit === undefined || limit.per === 'credential') return own;
    const name =
      limit.per === 'address' || caller.kind === 'anonymous'
        ? this.#address(address)
        : family !== undefined && caller.kind === 'user'
          ? `user:${caller.principal.limitSubject}`
          : callerName(caller, address);
    const others = limit.alone === true ? [] : own.subjects;
    return planOf([...others, { key: subjectKey(name, `route:${id}`), windows: limit.windows }]);
  }

  /** Everything that a caller's calls are counted against, plan by plan: the caller's own limits first, then those of `families`. */
  allOf(caller: Caller, address: string, families: readonly FamilyLimit[]): LimitPlan[] {
    const own = this.#callerPlan(caller, address);
    return caller.kind === 'user' ? [own, ...families.map((family) => planOfFamily(family, caller.principal))] : [own];
  }

  /** How many requests and streams the caller may have under way at one upstream. */
  concurrentOf(caller: Caller): number {
    return caller.kind === 'user'
      ? this.#tiers.concurrentOfUser(caller.principal.tier)
      : this.#tiers.concurrentOfCaller(caller.kind);
  }

  /** The limit of a secret that a request's body carries, by its digest. */
  credentialPlan(digest: string, route: Route, windows: readonly Window[]): LimitPlan {
    const name = this.#strangers.nameOf(`credential:${digest}`);
    return planOf([{ key: subjectKey(name, `route:${route.id}`), windows }]);
  }

  /** Failed attempts of an address with credentials: as many a minute as it may make anonymous requests. */
  failurePlan(address: string): LimitPlan {
    const limit = this.#tiers.windowsOfCaller('anonymous')[0]?.limit ?? 1;
    return planOf([{ key: subjectKey(this.#address(address), 'failures'), windows: [perMinute(limit, 'failures')] }]);
  }

  /** The tier of the user, or of the organisation that all its members and keys share, and a key's own limit. */
  #principalPlan(principal: Principal): LimitPlan {
    const known = this.#ofPrincipals.get(principal);
    if (known !== undefined) return known;
    const name = principal.countedAs;
    const plan = planOf([
      { key: subjectKey(name), windows: this.#tiers.windowsOfUser(principal.tier) },
      ...keySubject(name, principal),
    ]);
    this.#ofPrincipals.set(principal, plan);
    return plan;
  }

  /** Calls of models count against the key alone: a tier of 10 a minute would undercut what the key is good for. */
  #modelPlan(principal: Principal): LimitPlan {
    const known = this.#ofModelCallers.get(principal);
    if (known !== undefined) return known;
    const { keyId, keyPerMinute = LLM_KEY_REQUESTS_PER_MINUTE } = principal;
    const name = principal.countedAs;
    const plan = planOf([
      {
        key: subjectKey(name, keyId === undefined ? 'models' : `key:${keyId}:models`),
        windows: [perMinute(keyPerMinute, 'key')],
      },
    ]);
    this.#ofModelCallers.set(principal, plan);
    return plan;
  }

  #callerPlan(caller: Caller, address: string): LimitPlan {
    if (caller.kind === 'user') return this.#principalPlan(caller.principal);
    const name = caller.kind === 'anonymous' ? this.#address(address) : callerName(caller, address);
    const known = this.#remembered.get(name);
    if (known !== undefined) return known;
    const plan = planOf([{ key: subjectKey(name), windows: this.#tiers.windowsOfCaller(caller.kind) }]);
    this.#remembered.set(name, plan);
    return plan;
  }

  #address(address: string): string {
    return this.#strangers.nameOf(addressName(address));
  }
}

/** A person's share of a family of routes that has limits of its own; a key brings its own limit there too. */
function familyPlan(caller: Caller, family: FamilyLimit | undefined): LimitPlan | undefined {
  return family === undefined || caller.kind !== 'user' ? undefined : planOfFamily(family, caller.principal);
}

function planOfFamily({ name, windows, countsKeys }: FamilyLimit, principal: Principal): LimitPlan {
  const person = `user:${principal.limitSubject}`;
  const own = { key: subjectKey(person, `family:${name}`), windows };
  return planOf(countsKeys ? [own, ...keySubject(person, principal)] : [own]);
}

function keySubject(user: string, { keyId, keyPerMinute }: Principal): Subject[] {
  if (keyId === undefined || keyPerMinute === undefined) return [];
  return [{ key: subjectKey(user, `key:${keyId}`), windows: [perMinute(keyPerMinute, 'key')] }];
}

/** What a caller is counted as; nobody can choose it for himself. */
export function callerName(caller: Caller, address: string): string {
  switch (caller.kind) {
    case 'user':
      return caller.principal.countedAs;
    case 'service':
      return `service:${caller.name}`;
    case 'admin':
      return 'admin';
    case 'anonymous':
      return addressName(address);
  }
}

function addressName(address: string): string {
  return `address:${clientNetwork(address)}`;
}

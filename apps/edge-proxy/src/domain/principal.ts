import type { CreditOwner, Environment, OperatorRole, Role } from '@turnpike/contracts';
import type { KeyBounds } from './key-bounds.ts';
import type { Notice } from './notice.ts';

/** The organisation that a caller acts within. */
export interface ActingOrganisation {
  readonly id: string;
  /** What the member may do now; an API key has none, only scopes. */
  readonly role: Role | undefined;
  readonly env: Environment;
  readonly membershipId: string | undefined;
}

/** An operator who is a person. */
export interface Operator {
  readonly role: OperatorRole;
  /** When the session was opened, epoch milliseconds. */
  readonly signedInAtMs: number;
}

/** A signed-in caller, as auth names it. */
export interface Principal {
  readonly userId: string;
  /** The organisation's, where the caller acts within one. */
  readonly tier: string;
  /** `undefined` for personal use. */
  readonly organisation: ActingOrganisation | undefined;
  readonly operator: Operator | undefined;
  /** Whose limits the calls count against: the user, or all accounts that the person has or had. */
  readonly limitSubject: string;
  /** What the calls are counted as: the organisation, or that subject. Written once, since every request is counted. */
  readonly countedAs: string;
  /** Set when an access token was presented. */
  readonly sessionId: string | undefined;
  /** The session is of the demo account, which everybody shares. */
  readonly shared: boolean;
  /** Set when an API key was presented. */
  readonly keyId: string | undefined;
  /** What that key shows of itself. */
  readonly keyPrefix: string | undefined;
  /** The project of the key. */
  readonly projectId: string | undefined;
  readonly scopes: readonly string[];
  /** When the credential ends by itself, epoch milliseconds; infinite for a key without an end. */
  readonly expiresAtMs: number;
  /** A key's own limit, beside its user's tier. */
  readonly keyPerMinute: number | undefined;
  /** What a key may be used for, where it has bounds. */
  readonly keyBounds: KeyBounds | undefined;
}

/** Who is calling. */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly principal: Principal }
  /** A backend with a service key. `actingFor` is the user it acts for, `tier` that user's, on the user's own routes. */
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly actingFor: string | undefined;
      readonly tier: string | undefined;
    }
  | { readonly kind: 'admin' };

export const ANONYMOUS: Caller = { kind: 'anonymous' };

/** The user a request is made for, if any. */
export function userOf(caller: Caller): string | undefined {
  if (caller.kind === 'user') return caller.principal.userId;
  return caller.kind === 'service' ? caller.actingFor : undefined;
}

/** The organisation that a request acts within, if any. */
export function organisationOf(caller: Caller): ActingOrganisation | undefined {
  return caller.kind === 'user' ? caller.principal.organisation : undefined;
}

/** Whose credits a request spends: the organisation's that it acts within, otherwise the user's. */
export function payerOf(caller: Caller): CreditOwner | undefined {
  const organisation = organisationOf(caller);
  if (organisation !== undefined) return { type: 'organisation', id: organisation.id };
  const userId = userOf(caller);
  return userId === undefined ? undefined : { type: 'user', id: userId };
}

/** In whose name a client's `Idempotency-Key` counts: one key of one person is another one in each organisation and environment. */
export function keyScopeOf(caller: Caller): string | undefined {
  const organisation = organisationOf(caller);
  const userId = userOf(caller);
  return organisation === undefined || userId === undefined
    ? userId
    : `${organisation.id}:${organisation.env}:${userId}`;
}

/** The tier of that user, where it is known. */
export function tierOf(caller: Caller): string | undefined {
  if (caller.kind === 'user') return caller.principal.tier;
  return caller.kind === 'service' ? caller.tier : undefined;
}

/** Whether a notice ends the caller's access. A changed account ends nothing; one of an unknown kind may be about any user. */
export function isEndedBy(caller: Caller, notice: Notice): boolean {
  if (notice.kind === 'unknown') return userOf(caller) !== undefined;
  const { kind, id } = notice;
  if (caller.kind === 'service') return kind === 'principal' && id === caller.actingFor;
  if (caller.kind !== 'user') return false;
  const { userId, sessionId, keyId, organisation } = caller.principal;
  switch (kind) {
    case 'principal':
      return userId === id;
    case 'session':
      return sessionId === id;
    case 'sessions_of':
      return sessionId !== undefined && userId === id;
    case 'key':
      return keyId === id;
    case 'tenant':
      return organisation?.id === id;
    case 'membership':
      return organisation?.membershipId === id;
    case 'account':
      return false;
  }
}

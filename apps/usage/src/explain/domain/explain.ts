import { creditsText, milliseconds } from '../../records/domain/record-view.ts';
import type { StoredRecord } from '../../records/domain/stored-record.ts';
import { refusedLinkOf, LINKS, type LinkName } from './refused-link.ts';

/** One decision on the way of a request. Further members are its facts. */
export interface Link {
  readonly link: LinkName;
  readonly outcome: 'passed' | 'refused' | 'skipped';
  readonly detail: string;
  readonly [fact: string]: unknown;
}

/** What a link says where it was reached: the facts, in words and as members. */
interface Said {
  readonly detail: string;
  readonly [fact: string]: unknown;
}

/**
 * Why a request ended as it did: the links of its way, in order. Up to the one that refused they passed; what comes after it was not reached. Only
 * what the record itself says, so nobody else's ids.
 */
export function explain(record: StoredRecord): Link[] {
  const refused = refusedLinkOf(record);
  const at = refused === undefined ? LINKS.length : LINKS.indexOf(refused);
  return LINKS.map((link, place): Link => {
    if (place > at) return { link, outcome: 'skipped', detail: 'Not reached.' };
    if (place === at) return { link, outcome: 'refused', ...REFUSED[link](record), code: record.code };
    const said = PASSED[link](record);
    return said === undefined
      ? { link, outcome: 'skipped', detail: SKIPPED[link](record) }
      : { link, outcome: 'passed', ...said };
  });
}

const PASSED: Readonly<Record<LinkName, (record: StoredRecord) => Said | undefined>> = {
  caller: (record) => ({ detail: callerText(record), ...callerFacts(record) }),
  route: ({ route, method, path }) =>
    route === null
      ? undefined
      : { detail: `${method} matched the route ${route}${path === null ? '' : ` (${path})`}.`, route, method, path },
  limit: (record) =>
    record.limitName === null
      ? undefined
      : { detail: `Within the limits; nearest was ${windowText(record)}.`, ...limitFacts(record) },
  price: ({ operation, priceVersion, heldMicro, cost, modelCall }) => {
    if (modelCall !== null && heldMicro !== null)
      return { detail: `${modelCall.model} is charged by what it uses.`, price_id: modelCall.price_id };
    if (operation === null) return undefined;
    const price = heldMicro === null ? (cost === null ? null : String(cost)) : creditsText(heldMicro);
    const text = price === null ? '' : ` costs ${price} credits`;
    const version = priceVersion === null ? '' : `, by version ${priceVersion} of its price`;
    return { detail: `${operation}${text}${version}.`, operation, price_version: priceVersion, cost: price };
  },
  hold: ({ heldMicro }) =>
    heldMicro === null
      ? undefined
      : { detail: `${creditsText(heldMicro)} credits were held.`, held: creditsText(heldMicro) },
  upstream: (record) =>
    record.attempts === 0 || record.upstream === null
      ? undefined
      : { detail: upstreamText(record), ...upstreamFacts(record) },
  settle: ({ chargeState, chargedMicro, heldMicro, status }) => {
    if (chargeState === null || chargedMicro === null || heldMicro === null) return undefined;
    // A call may cost more than was held for it.
    const returned = creditsText(heldMicro > chargedMicro ? heldMicro - chargedMicro : 0n);
    const facts = { charged: creditsText(chargedMicro), returned, charge_state: chargeState };
    if (chargeState === 'released')
      return { detail: `Nothing was charged, as the answer was ${status}; ${returned} credits went back.`, ...facts };
    const rest = heldMicro > chargedMicro ? `; ${returned} went back` : '';
    return { detail: `${facts.charged} credits were charged${rest}.`, ...facts };
  },
};

const SKIPPED: Readonly<Record<LinkName, (record: StoredRecord) => string>> = {
  caller: () => 'Nobody was asked for.',
  route: () => 'The gateway answered before a route was looked for.',
  limit: () => 'Not counted.',
  price: ({ replayOf }) => (replayOf === null ? 'The route costs nothing.' : replayText(replayOf)),
  hold: ({ replayOf }) => (replayOf === null ? 'Nothing was to be held.' : replayText(replayOf)),
  upstream: ({ replayOf }) => (replayOf === null ? 'The gateway answered itself.' : replayText(replayOf)),
  settle: ({ replayOf }) => (replayOf === null ? 'Nothing was to be charged.' : replayText(replayOf)),
};

const REFUSED: Readonly<Record<LinkName, (record: StoredRecord) => Said>> = {
  caller: (record) => ({ detail: callerRefusal(record), ...callerFacts(record) }),
  route: ({ method, code }) => ({
    detail: ROUTE_REFUSALS[code ?? ''] ?? 'The request could not be read as the route wants it.',
    method,
  }),
  limit: (record) => ({
    detail: `${windowText(record)} was used up; it opens again ${record.limitResetSeconds ?? 0} s later.`,
    ...limitFacts(record),
  }),
  price: ({ operation }) => ({ detail: `There is no price for ${operation ?? 'this operation'}.`, operation }),
  hold: ({ code, cost, balance, operation }) => {
    if (code === 'auth.insufficient_credits')
      return {
        detail: `${operation ?? 'It'} costs ${cost ?? '?'} credits, and ${balance ?? '?'} were free at that moment.`,
        cost,
        available: balance,
      };
    if (code === 'idempotency.conflict' || code === 'idempotency.in_progress')
      return { detail: 'The Idempotency-Key was in use, or had been used for another request.' };
    if (code === 'credits.account_closed') return { detail: 'The credit account is closed.' };
    return { detail: 'Credits could not be held, as the ledger did not answer.' };
  },
  upstream: (record) => ({ detail: upstreamRefusal(record), ...upstreamFacts(record) }),
  settle: () => ({ detail: 'The charge could not be recorded.' }),
};

const ROUTE_REFUSALS: Readonly<Record<string, string>> = {
  'route.not_found': 'There is nothing at this path.',
  'route.method_not_allowed': 'The path does not answer this method.',
};

function callerText({ caller, keyId, keyPrefix, sessionId, service, organisationId }: StoredRecord): string {
  const within = organisationId === null ? '' : ' within an organisation';
  if (caller === 'anonymous') return 'Nobody in particular.';
  if (caller === 'admin') return 'An operator’s key.';
  if (caller === 'service') return `The service ${service ?? 'unknown'}.`;
  if (caller === 'erased') return 'Somebody whose account is erased.';
  if (keyId !== null) return `${keyPrefix === null ? 'An API key' : `The API key ${keyPrefix}…`}${within}.`;
  return sessionId === null ? `A caller${within}.` : `A session${within}.`;
}

const CALLER_REFUSALS: Readonly<Record<string, string>> = {
  'auth.missing': 'No credential was presented.',
  'auth.jwt_invalid': 'The access token was not valid.',
  'auth.jwt_expired': 'The access token had expired.',
  'auth.session_revoked': 'The session had ended.',
  'auth.key_invalid': 'There is no such API key.',
  'auth.key_revoked': 'The API key had been revoked.',
  'auth.key_suspended': 'The API key was suspended.',
  'auth.key_expired': 'The API key had expired.',
  'auth.ambiguous': 'Two credentials stood for different callers.',
  'tenant.suspended': 'The organisation was suspended.',
  'tenant.membership_ended': 'The membership had ended.',
  'tenant.not_selected': 'No organisation was selected.',
  'service.unavailable': 'Who is calling could not be found out, as auth did not answer.',
};

function callerRefusal({ code, scope, requiredRole }: StoredRecord): string {
  if (scope !== null) return `The API key lacked the scope ${scope}.`;
  if (requiredRole !== null) return `The role in the organisation was below ${requiredRole}.`;
  return CALLER_REFUSALS[code ?? ''] ?? 'The caller may not use this route.';
}

function callerFacts({
  caller,
  keyId,
  keyPrefix,
  projectId,
  scope,
  requiredRole,
  tier,
}: StoredRecord): Record<string, unknown> {
  return {
    kind: caller,
    key_id: keyId,
    key_prefix: keyPrefix,
    project_id: projectId,
    tier,
    ...(scope === null ? {} : { missing_scope: scope }),
    ...(requiredRole === null ? {} : { required_role: requiredRole }),
  };
}

function windowText({ limitName, limitMax, limitRemaining }: StoredRecord): string {
  return `the window ${limitName ?? '?'} of ${limitMax ?? '?'} (${limitRemaining ?? 0} left)`;
}

function limitFacts(record: StoredRecord): Record<string, unknown> {
  return {
    name: record.limitName,
    limit: record.limitMax,
    remaining: record.limitRemaining,
    window_seconds: record.limitWindowSeconds,
    resets_in_seconds: record.limitResetSeconds,
    ...(record.limitDegraded ? { decided_by: 'this edge alone, as Redis was down' } : {}),
  };
}

function upstreamText({ attempts, status, upstreamUs }: StoredRecord): string {
  const retries = attempts > 1 ? ` after ${attempts} attempts` : '';
  return `It answered ${status}${retries}${upstreamUs === null ? '' : ` in ${milliseconds(upstreamUs)} ms`}.`;
}

const FAILURES: Readonly<Record<string, string>> = {
  breaker: 'Not asked: it had failed so often that its breaker was open.',
  busy: 'No connection to it was free in time.',
  connect: 'No connection to it could be made.',
  timeout: 'It did not answer in time.',
  broken: 'Its connection broke before it had answered.',
  edge: 'Its answer could not be passed on.',
};

function upstreamRefusal({ failure }: StoredRecord): string {
  return FAILURES[failure ?? ''] ?? 'It gave no answer that could be passed on.';
}

function upstreamFacts({ attempts, status, upstreamUs, failure }: StoredRecord): Record<string, unknown> {
  return {
    status,
    attempts,
    duration_ms: upstreamUs === null ? null : milliseconds(upstreamUs),
    breaker: failure === 'breaker' ? 'open' : 'closed',
    ...(failure === null ? {} : { failure }),
  };
}

function replayText(requestId: string): string {
  return `The answer to the request ${requestId} was given again under its Idempotency-Key.`;
}

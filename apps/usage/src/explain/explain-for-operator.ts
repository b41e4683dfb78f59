import { inspectCredential, inspectReservation } from '@turnpike/contracts';
import { isRefusal, type Logger } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import { creditsText } from '../records/domain/record-view.ts';
import type { StoredRecord } from '../records/domain/stored-record.ts';
import { explain, type Link } from './domain/explain.ts';
import type { LinkName } from './domain/refused-link.ts';

type Facts = Readonly<Record<string, unknown>>;
type Neighbours = Pick<Context, 'auth' | 'credits' | 'store'>;

/** Other holders that are named. */
const HOLDERS_MAX = 20;

/** The links of a request with what auth and credits know of it now. Where one of them does not answer, its link says so and the others are whole. */
export async function explainForOperator(record: StoredRecord, neighbours: Neighbours, log: Logger): Promise<Link[]> {
  const facts = await Promise.all([
    askedOf('auth', 'caller', () => callerFacts(record, neighbours), log),
    askedOf('credits', 'hold', () => holdFacts(record, neighbours), log),
  ]);
  const found = new Map<LinkName, Facts>(facts);
  return explain(record).map((link) => ({ ...link, ...operatorFacts(link.link, record), ...found.get(link.link) }));
}

async function askedOf(
  service: string,
  link: LinkName,
  ask: () => Promise<Facts>,
  log: Logger,
): Promise<[LinkName, Facts]> {
  try {
    return [link, await ask()];
  } catch (err) {
    log.warn({ err, service }, 'facts for an explanation are missing');
    return [link, { unavailable: service }];
  }
}

/** What the record itself says to operators only. */
function operatorFacts(link: LinkName, record: StoredRecord): Facts {
  switch (link) {
    case 'caller':
      return { user_id: record.userId, organisation_id: record.organisationId, session_id: record.sessionId };
    case 'hold':
      return { hold_id: record.holdId };
    case 'upstream':
      return { upstream: record.upstream, address_class: record.addressClass };
    case 'route':
    case 'limit':
    case 'price':
    case 'settle':
      return {};
  }
}

async function callerFacts({ keyId, sessionId }: StoredRecord, { auth }: Neighbours): Promise<Facts> {
  if (keyId === null && sessionId === null) return {};
  const query = { key_id: keyId ?? undefined, session_id: sessionId ?? undefined };
  const { key, session } = await auth.call(inspectCredential, { query });
  return { ...(key === null ? {} : { key }), ...(session === null ? {} : { session }) };
}

/** The hold, its grants and its account; where there was none, who else held credits of the same account at that moment. */
async function holdFacts(record: StoredRecord, { credits, store }: Neighbours): Promise<Facts> {
  const { holdId, code } = record;
  if (holdId !== null) {
    try {
      return { reservation: await credits.call(inspectReservation, { params: { id: holdId } }) };
    } catch (error) {
      if (isRefusal(error, 'resource.not_found')) return {};
      throw error;
    }
  }
  if (code !== 'auth.insufficient_credits') return {};
  const others = await store.heldAt(record, record.at, HOLDERS_MAX);
  return {
    held_by_others: others.map(({ id, requestId, heldMicro, operation }) => ({
      id,
      request_id: requestId,
      held: creditsText(heldMicro ?? 0n),
      operation,
    })),
  };
}

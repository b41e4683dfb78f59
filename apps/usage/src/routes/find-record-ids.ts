import { findRecordIds } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { StoredRecord } from '../records/domain/stored-record.ts';
import type { UsageStore } from '../records/usage-store.ts';

/** Records of one request id that are looked at. */
const RECORDS_MAX = 100;
/** Longest call: it may be a batch, whose policies speak when it is made. */
const CALL_MS_MAX = 86_400_000;
/** By how much the clocks of two machines may differ, in milliseconds. */
const SKEW_MS_MAX = 30_000;

type Owner = { readonly organisationId: string; readonly environment: string };
interface AskedCall {
  readonly request_id: string;
  readonly at: string;
}

export const findRecordIdsRoute = ({ store }: Context) =>
  route(findRecordIds, async ({ body }) => {
    const owner = { organisationId: body.organisation_id, environment: body.environment };
    const byRequest = Map.groupBy(body.calls, ({ request_id: requestId }) => requestId);
    const found = new Map<string, StoredRecord[]>();
    for (const [requestId, calls] of byRequest) found.set(requestId, await recordsOf(store, owner, requestId, calls));
    const ids = body.calls.map((call) => idOf(call, found.get(call.request_id) ?? []));
    return { status: 200, body: { ids } };
  });

function recordsOf(store: UsageStore, owner: Owner, requestId: string, calls: readonly AskedCall[]) {
  const times = calls.map(({ at }) => Date.parse(at));
  const whose = { kind: 'organisation', ...owner } as const;
  const [from, to] = [Math.min(...times) - CALL_MS_MAX, Math.max(...times) + SKEW_MS_MAX];
  const filter = { whose, requestId, from: new Date(from), to: new Date(to) };
  return store.list(filter, { limit: RECORDS_MAX, offset: 0 });
}

/** The call of that id that had begun last. */
function idOf({ at }: AskedCall, records: readonly StoredRecord[]): string | null {
  const until = Date.parse(at) + SKEW_MS_MAX;
  const begun = records.filter((record) => record.at.getTime() <= until);
  return begun.toSorted((one, other) => other.at.getTime() - one.at.getTime())[0]?.id ?? null;
}

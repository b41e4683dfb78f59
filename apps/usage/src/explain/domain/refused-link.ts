import type { StoredRecord } from '../../records/domain/stored-record.ts';

/** The links of a request's way, in the order in which they are shown. */
export const LINKS = ['caller', 'route', 'limit', 'price', 'hold', 'upstream', 'settle'] as const;
export type LinkName = (typeof LINKS)[number];

/** Codes that are not told by how they begin. */
const BY_CODE: Readonly<Record<string, LinkName>> = {
  'auth.insufficient_credits': 'hold',
  'credits.operation_unknown': 'price',
};
const BY_START: readonly (readonly [string, LinkName])[] = [
  ['auth.', 'caller'],
  ['tenant.', 'caller'],
  ['route.', 'route'],
  ['request.', 'route'],
  ['rate_limit.', 'limit'],
  ['credits.', 'hold'],
  ['idempotency.', 'hold'],
  ['upstream.', 'upstream'],
];

/** The link that refused a request; `undefined` where it got its answer. */
export function refusedLinkOf(record: StoredRecord): LinkName | undefined {
  const { code } = record;
  if (code === null) return undefined;
  const exact = BY_CODE[code];
  if (exact !== undefined) return exact;
  const found = BY_START.find(([start]) => code.startsWith(start));
  return found?.[1] ?? whereItFailed(record);
}

/** An outage of ours says only how far the request had come. */
function whereItFailed({ operation, holdId, attempts, caller }: StoredRecord): LinkName {
  if (attempts > 0) return 'upstream';
  if (operation !== null && holdId === null) return 'hold';
  return caller === 'anonymous' ? 'caller' : 'upstream';
}

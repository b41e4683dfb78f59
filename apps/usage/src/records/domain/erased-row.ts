import type { RecordRow } from './record-row.ts';

/**
 * A record of somebody who was erased meanwhile, as it may be kept: what they did within an organisation stays its own, without their name;
 * `undefined` for what they did for themselves.
 */
export function withoutErased(row: RecordRow, erased: ReadonlySet<string>): RecordRow | undefined {
  if (row.user_id === null || !erased.has(row.user_id)) return row;
  if (typeof row['organisation_id'] !== 'string') return undefined;
  return { ...row, user_id: null, session_id: null, request_id: '', replay_of: null, caller: 'erased' };
}

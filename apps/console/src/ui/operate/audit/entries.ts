import type { Operations } from '@turnpike/client';
import { csv } from '../../design/format.ts';

export type Entry = Operations['auth.listAudit']['answers']['items'][number];
export type AuditQuery = NonNullable<Operations['auth.listAudit']['takes']['query']>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The beginning of a day, `daysOn` later, in the viewer's zone; `undefined` for what is no day. */
export function startOfDay(day: string | undefined, daysOn = 0): string | undefined {
  if (day === undefined || !DAY.test(day)) return undefined;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + daysOn);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** The facts of an entry in one line. */
export function detailsOf(detail: Entry['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

const COLUMNS = ['at', 'action', 'actor', 'operator', 'user_id', 'request_id', 'address', 'detail'] as const;

export function asCsv(entries: readonly Entry[]): string {
  return csv([
    COLUMNS,
    ...entries.map(({ at, action, actor, operator, user_id: user, request_id: request, address, detail }) => [
      at,
      action,
      actor,
      operator?.name ?? '',
      user ?? '',
      request ?? '',
      address ?? '',
      detailsOf(detail),
    ]),
  ]);
}

/** An entry a line, as the API gave it. */
export function asJsonLines(entries: readonly Entry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

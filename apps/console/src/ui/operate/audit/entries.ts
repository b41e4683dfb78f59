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

/** The facts of an entry in one line, without those that stand beside it. */
export function detailsOf(detail: Entry['detail'], besides: readonly string[] = []): string {
  return Object.entries(detail)
    .filter(([name]) => !besides.includes(name))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

const COLUMNS = [
  'at',
  'action',
  'actor',
  'operator',
  'user_id',
  'user_email',
  'organisation',
  'key',
  'request_id',
  'address',
  'detail',
] as const;

export function asCsv(entries: readonly Entry[]): string {
  return csv([
    COLUMNS,
    ...entries.map((entry) => [
      entry.at,
      entry.action,
      entry.actor,
      entry.operator?.name ?? '',
      entry.user_id ?? '',
      entry.user_email ?? '',
      entry.organisation?.name ?? entry.organisation?.id ?? '',
      entry.key === null ? '' : `${entry.key.name ?? entry.key.id} ${entry.key.prefix ?? ''}`.trimEnd(),
      entry.request_id ?? '',
      entry.address ?? '',
      detailsOf(entry.detail),
    ]),
  ]);
}

/** An entry a line, as the API gave it. */
export function asJsonLines(entries: readonly Entry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

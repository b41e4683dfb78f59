import { REDIS_KEYS } from '@turnpike/contracts';
import { labelOfRetention, type Retention, type TableLives } from '@turnpike/service-kit';
import { retentions as auth, STAYING as authStaying } from '../../apps/auth/src/jobs/retentions.ts';
import { RETENTIONS as credits, STAYING as creditsStaying } from '../../apps/credits/src/jobs/retentions.ts';
import { retentionsOf as llm, STAYING as llmStaying } from '../../apps/llm/src/jobs/retentions.ts';
import { RETENTIONS as usage, STAYING as usageStaying } from '../../apps/usage/src/jobs/retentions.ts';
import { RETENTIONS as users, STAYING as usersStaying } from '../../apps/users/src/jobs/retentions.ts';
import { code, page, table } from './markdown.ts';
import { serviceSettings } from './settings.ts';

/** What becomes of the rows of a service's tables. */
export interface ServiceLives {
  readonly retentions: readonly Retention[];
  readonly staying: TableLives;
}

/** What a setting of days is without being set. */
function daysOf(service: string, name: string): number {
  const fallback = serviceSettings.get(service)?.find((setting) => setting.name === name)?.fallback ?? '';
  return Number(fallback.replaceAll(/[`,]/g, ''));
}

/** By service: what is swept as nothing is set, and what is not. */
export const serviceLives: Readonly<Record<string, ServiceLives>> = {
  auth: { retentions: auth(daysOf('auth', 'AUDIT_RETENTION_DAYS')), staying: authStaying },
  users: { retentions: users, staying: usersStaying },
  credits: { retentions: credits, staying: creditsStaying },
  usage: { retentions: usage, staying: usageStaying },
  llm: { retentions: llm(daysOf('llm', 'LLM_VIOLATIONS_RETENTION_DAYS')), staying: llmStaying },
};

/** Settings that a time is taken from, by table. */
const SETTINGS: Readonly<Record<string, string>> = {
  audit_event: 'AUDIT_RETENTION_DAYS',
  violation: 'LLM_VIOLATIONS_RETENTION_DAYS',
  policy: 'LLM_VIOLATIONS_RETENTION_DAYS',
};

const HOUR = 3_600;
const DAY = 24 * HOUR;

function spanOf(seconds: number): string {
  if (seconds === 0) return 'at once';
  if (seconds % DAY === 0) return seconds === DAY ? 'a day' : `${seconds / DAY} days`;
  return seconds === HOUR ? 'an hour' : `${seconds / HOUR} hours`;
}

function lifeOf({ table: name, column, keptSeconds, condition }: Retention): string {
  const setting = SETTINGS[name];
  const span = setting === undefined ? spanOf(keptSeconds) : `${code(setting)} (${keptSeconds / DAY})`;
  const after = span === 'at once' ? `gone once ${code(column)} has passed` : `${span} after ${code(column)}`;
  return condition === undefined ? after : `${after}, where ${code(condition.replaceAll(/\s+/g, ' ').trim())}`;
}

/** `docs/reference/retention.md`. */
export function retentionPage(): string {
  const services = Object.entries(serviceLives).flatMap(([service, { retentions, staying }]) => [
    `## ${service}`,
    table(
      ['Table', 'How long rows live', 'What ends them', 'What shows it'],
      [
        ...retentions.map((retention) => [
          code(retention.table),
          lifeOf(retention),
          'the job retention',
          code(`turnpike_retention_lag_seconds{rows="${labelOfRetention(retention)}"}`),
        ]),
        ...Object.entries(staying).map(([name, { life, endedBy = '', metric }]) => [
          code(name),
          life,
          endedBy,
          code(metric),
        ]),
      ],
    ),
  ]);
  return page(
    'Retention',
    'How long each row in PostgreSQL and each key in Redis lives, and what ends it. `turnpike_table_bytes{table}` shows the size of every table, `turnpike_redis_used_bytes` the memory of Redis; the alert [RetentionLate](../incidents.md#retentionlate) fires where rows outlive what stands here. A test fails on a table or a key without a life. What of it is personal data: [docs/privacy.md](../privacy.md).',
    ...services,
    '## Redis',
    table(
      ['Keys', 'What they hold', 'How long', 'What ends them', 'What shows it'],
      REDIS_KEYS.map(({ pattern, holds, life, endedBy, metric }) => [
        code(pattern),
        holds,
        life,
        endedBy,
        code(metric),
      ]),
    ),
  );
}

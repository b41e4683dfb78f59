import { mayAct } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { AuditEvent } from '../audit/stores/audit.ts';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Database, Db } from '../database.ts';
import { roleTooLow } from './role-too-low.ts';
import { changeSlug, recentRenames, setInfo } from './stores/info-changes.ts';
import { lockOrganisation } from './stores/members.ts';
import { findOrganisationInfo } from './stores/organisation-info.ts';

/** Most changes of a slug in a month, and how long that is, in days. */
const RENAMES_PER_MONTH_MAX = 3;
const MONTH_DAYS = 30;
const DAY_SECONDS = 86_400;

/** What is to change; `undefined` stays as it is. */
export interface InfoChange {
  readonly name: string | undefined;
  readonly billingEmail: string | null | undefined;
  readonly slug: string | undefined;
}

/**
 * Changes what an organisation is called and billed to, by one of its members. `eventOf` makes the audit events: which fields changed, never to what.
 * Throws `tenant.role_insufficient`, `tenant.slug_taken`, and `rate_limit.exceeded` for a slug that changed too often.
 */
export function changeInfo(
  database: Database,
  { organisationId, userId }: { readonly organisationId: string; readonly userId: string },
  wanted: InfoChange,
  eventOf: (action: string, detail: AuditEvent['detail']) => AuditEvent,
): Promise<void> {
  return database.transaction(async (db) => {
    const status = await lockOrganisation(db, organisationId);
    if (status === 'suspended') throw new AppError('tenant.suspended');
    const present = await findOrganisationInfo(db, organisationId, userId);
    if (present === undefined) throw new AppError('tenant.membership_ended');
    if (!mayAct(present.role, 'info.write')) throw roleTooLow('admin');
    const { name = present.name, billingEmail = present.billingEmail, slug = present.slug } = wanted;
    if (slug !== present.slug) {
      if (!mayAct(present.role, 'slug.write')) throw roleTooLow('owner');
      await rename(db, organisationId, slug);
      await recordAuditEvent(db, { ...eventOf('organisation.rename', {}), organisationId });
    }
    const changed = {
      ...(name === present.name ? {} : { name: true }),
      ...(billingEmail === present.billingEmail ? {} : { billing_email: true }),
    };
    if (Object.keys(changed).length === 0) return;
    await setInfo(db, organisationId, { name, billingEmail });
    await recordAuditEvent(db, { ...eventOf('organisation.update', changed), organisationId });
  });
}

async function rename(db: Db, organisationId: string, slug: string): Promise<void> {
  const { renames, oldestAgeSeconds } = await recentRenames(db, organisationId, MONTH_DAYS);
  if (renames >= RENAMES_PER_MONTH_MAX) {
    const waitSeconds = Math.max(1, Math.ceil(MONTH_DAYS * DAY_SECONDS - oldestAgeSeconds));
    throw new AppError('rate_limit.exceeded', {
      detail: `The slug was changed ${RENAMES_PER_MONTH_MAX} times within ${MONTH_DAYS} days.`,
      headers: { 'Retry-After': String(waitSeconds) },
    });
  }
  if (!(await changeSlug(db, organisationId, slug))) throw new AppError('tenant.slug_taken');
}

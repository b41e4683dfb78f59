import { archiveTenant, mayAct } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import { auditEventOf } from '../../audit/routes/audit-event.ts';
import type { Context } from '../../context.ts';
import { requireSession } from '../../sessions/routes/session-caller.ts';
import { archiveOrganisation } from '../archive.ts';
import { requireFreshSession } from '../fresh-session.ts';
import { RESTORABLE_DAYS } from '../limits.ts';
import { roleTooLow } from '../role-too-low.ts';
import { lockOrganisation } from '../stores/members.ts';
import { findOwnOrganisation } from '../stores/organisations.ts';
import { hasUnpaidInvoice } from '../stores/subscriptions.ts';

const DAY_MS = 86_400_000;

export const archiveTenantRoute = ({ database, relay, revocations }: Context) =>
  route(archiveTenant, async (call) => {
    const sessionId = requireSession(call.identity);
    const { id } = call.params;
    const { archivedAt, revocation } = await database.transaction(async (db) => {
      await lockOrganisation(db, id);
      const organisation = await findOwnOrganisation(db, call.identity.userId, { id });
      if (organisation === undefined) throw new AppError('resource.not_found');
      if (organisation.status !== 'active') throw new AppError('tenant.suspended');
      if (!mayAct(organisation.role, 'organisation.archive')) throw roleTooLow('owner');
      await requireFreshSession(db, sessionId);
      if (call.body.slug !== organisation.slug) {
        const message = 'Must be the slug of the organisation';
        throw new AppError('request.invalid', {
          detail: `body.slug: ${message}.`,
          errors: [{ path: 'body.slug', message }],
        });
      }
      if (await hasUnpaidInvoice(db, id))
        throw new AppError('subscription.exists', {
          detail: 'An invoice of the subscription is not paid: pay it, or cancel the subscription first.',
        });
      const archived = await archiveOrganisation(db, id, auditEventOf(call, 'organisation.archive', {}));
      if (archived === undefined) throw new AppError('resource.not_found');
      return archived;
    });
    relay.kick();
    await revocations.announce([revocation]);
    const restorableUntil = new Date(archivedAt.getTime() + RESTORABLE_DAYS * DAY_MS);
    return { status: 200, body: { id, status: 'archived', restorable_until: restorableUntil.toISOString() } };
  });

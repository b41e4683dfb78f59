import { verifyAuditArchive } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import { organisationOf } from '../../configuration/routes/caller.ts';
import type { Context } from '../../context.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import { unreachable } from '../choose-store.ts';
import { reasonOf } from '../probe.ts';

export const verifyAuditArchiveRoute = (context: Context) =>
  route(verifyAuditArchive, async ({ identity, query: { after } }) => {
    try {
      return { status: 200, body: await verifyAudit(context, organisationOf(identity), after ?? 0) };
    } catch (error) {
      if (error instanceof AppError) throw error;
      context.logger.warn({ err: error }, 'an audit archive could not be read');
      throw unreachable(reasonOf(error));
    }
  });

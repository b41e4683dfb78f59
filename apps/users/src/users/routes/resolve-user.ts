import { resolveUser } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { DEFAULT_TIER } from '../domain/user.ts';
import { signUp } from '../sign-up.ts';

export const resolveUserRoute = (context: Context) =>
  route(resolveUser, async ({ body, caller, requestId, log }) => {
    if (!caller.grants.has('resolve'))
      throw new AppError('auth.forbidden', { detail: 'This service key may not resolve users.' });
    // A service tells us an address; nobody has proved to own it.
    const fresh = {
      email: body.email ?? null,
      emailVerified: false,
      displayName: body.display_name ?? null,
      tier: DEFAULT_TIER,
    };
    const auditEvent = {
      action: 'user.created',
      actor: 'service',
      requestId,
      detail: { caller: caller.name },
    } as const;
    const { user, created } = await signUp(
      context,
      { namespace: 'external', key: body.external_id, fresh, auditEvent },
      log,
    );
    if (user.status !== 'active') throw new AppError('auth.forbidden', { detail: 'This account is disabled.' });
    return { status: 200, body: { user_id: user.id, created } };
  });

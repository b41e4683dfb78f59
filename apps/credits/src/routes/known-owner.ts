import { getUser, readOrganisation } from '@turnpike/contracts';
import { AppError, isAbsent } from '@turnpike/service-kit';
import type { Context } from '../context.ts';
import type { Owner } from '../domain/owner.ts';
import { accountClosed } from './refusals.ts';

/**
 * Throws 404 for an owner that nobody knows. Credits keeps accounts, not people: users is asked for a user, and auth for an organisation whose
 * account is not open yet, since the event of its making may be on the way. Throws 423 for an organisation that is not active, 503 during an outage.
 */
export async function requireOwner({ accounts, auth, users }: Context, owner: Owner): Promise<void> {
  const { type, id } = owner;
  if (type === 'organisation') {
    if ((await accounts.balance(owner)) !== undefined) return;
    const { status } = await orNotFound(auth.call(readOrganisation, { params: { id } }), 'Organisation');
    if (status !== 'active') throw accountClosed();
    return;
  }
  await orNotFound(users.call(getUser, { params: { id } }), 'User');
}

async function orNotFound<T>(asked: Promise<T>, what: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (isAbsent(error)) throw new AppError('resource.not_found', { detail: `${what} not found`, cause: error });
    throw error;
  }
}

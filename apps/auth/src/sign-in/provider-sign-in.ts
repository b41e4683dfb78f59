import { AppError, isStoreOutage, uuidv7 } from '@turnpike/service-kit';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Context } from '../context.ts';
import { linkIdentity, unlinkProvider } from '../identities/stores/identity-links.ts';
import { credentialRefused } from '../providers/errors.ts';
import type { ProvenIdentity } from '../providers/proven-identity.ts';
import { sealGrant } from '../providers/sealed-grants.ts';
import { saveProviderGrant } from '../providers/stores/provider-grants.ts';
import type { ClientInfo } from '../sessions/domain/session.ts';
import { SessionRefused, type IssuedTokens } from '../sessions/domain/sessions.ts';
import type { IdentityProfile } from './domain/sign-in.ts';
import { releaseProof, useProof } from './stores/used-proofs.ts';

/** Signs in with an identity that a provider vouches for. Throws `SessionRefused`, or 401 for a proof that was used before. */
export function signInWithProvider(
  context: Context,
  proven: ProvenIdentity,
  client: ClientInfo,
): Promise<IssuedTokens> {
  return once(context, proven, async () => {
    const userId = await identifyProven(context, proven);
    return context.openSessionFor(userId, { ...profileOf(proven), client });
  });
}

/** The user of a proven identity, found, linked or created; its connection at the provider is kept. Throws `SessionRefused`. */
export async function identifyProven(context: Context, proven: ProvenIdentity): Promise<string> {
  const userId = await context.identify(profileOf(proven));
  await keepGrant(context, userId, proven);
  return userId;
}

/** Adds a proven identity to the account of a signed-in user. */
export function linkToUser(
  context: Context,
  userId: string,
  proven: ProvenIdentity,
  client: ClientInfo,
): Promise<void> {
  return once(context, proven, async () => {
    const profile = profileOf(proven);
    const digests = await context.memory.digestsOf(profile);
    const outcome = await linkIdentity(context.database, uuidv7(), userId, profile, digests);
    switch (outcome) {
      case 'taken':
        throw new AppError('auth.identity_taken', { detail: 'This identity already signs in to another account.' });
      case 'occupied':
        throw new AppError('resource.conflict', {
          detail: 'Another identity of this provider is linked already. Remove it first.',
        });
      case 'inactive':
        throw new AppError('auth.session_revoked');
      case 'linked':
      case 'already':
        await keepGrant(context, userId, proven);
        if (outcome === 'linked') await recordLink(context, 'identity.linked', userId, proven.provider, client);
    }
  });
}

/** Removes a provider from a user's account. */
export async function unlinkFromUser(
  context: Context,
  userId: string,
  provider: string,
  client: ClientInfo,
): Promise<void> {
  const outcome = await unlinkProvider(context.database, userId, provider);
  switch (outcome) {
    case 'none':
      throw new AppError('resource.not_found', { detail: 'This provider is not linked.' });
    case 'last':
      throw new AppError('auth.last_identity', { detail: 'This is the last way to sign in. Link another one first.' });
    case 'unlinked':
      return recordLink(context, 'identity.unlinked', userId, provider, client);
  }
}

function recordLink(
  { database }: Context,
  action: string,
  userId: string,
  method: string,
  client: ClientInfo,
): Promise<void> {
  return recordAuditEvent(database, {
    action,
    userId,
    method,
    address: client.address ?? null,
    userAgent: client.userAgent ?? null,
    ...(client.requestId === undefined ? {} : { requestId: client.requestId }),
  });
}

/** Lets a proof that may be used once serve once. One that led nowhere because of an outage may be presented again. */
async function once<T>(
  { database, logger }: Context,
  { provider, singleUse }: ProvenIdentity,
  work: () => Promise<T>,
): Promise<T> {
  if (singleUse === undefined) return work();
  if (!(await useProof(database, singleUse.digest, singleUse.expiresAt)))
    throw credentialRefused(provider, 'used before');
  try {
    return await work();
  } catch (error) {
    if (isPassing(error)) {
      await releaseProof(database, singleUse.digest).catch((err: unknown) =>
        logger.warn({ err }, 'a proof stays used after an outage'),
      );
    }
    throw error;
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof SessionRefused) return error.reason === 'account_deleted';
  return error instanceof AppError ? error.status >= 500 : isStoreOutage(error);
}

async function keepGrant(
  { database, vault }: Context,
  userId: string,
  { provider, grant }: ProvenIdentity,
): Promise<void> {
  if (grant === undefined) return;
  const { clientId } = grant;
  await saveProviderGrant(database, { userId, provider, clientId, sealed: sealGrant(vault, provider, grant) });
}

function profileOf({ provider, subject, email, emailVerified, displayName }: ProvenIdentity): IdentityProfile {
  return { provider, subject, email, emailVerified, displayName };
}

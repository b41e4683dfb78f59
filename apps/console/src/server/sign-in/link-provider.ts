import type { Request } from 'express';
import { ConnectionError, TimeoutError, TurnpikeError } from '@turnpike/client';
import type { SignInProvider } from '@turnpike/contracts';
import { LINK_SEARCH, type LinkOutcome } from '../../shared/link-outcome.ts';
import { clientOf } from '../client.ts';
import type { Context } from '../context.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { sessionDigest, type ReturnedAttempt } from './attempts.ts';

/** What the gateway's codes mean to whoever wanted to add a provider. */
const REFUSALS: Readonly<Record<string, LinkOutcome>> = {
  'auth.identity_taken': 'taken',
  'resource.conflict': 'second',
  'auth.code_invalid': 'expired',
};

/** Adds the provider to the account of the session that began the attempt, and of no other. */
export async function linkProvider(
  { gateway, sessions }: Context,
  cookies: Cookies,
  request: Request,
  { code, error, linksTo, verifier }: ReturnedAttempt,
): Promise<LinkOutcome> {
  if (code === undefined) return error === 'access_denied' ? 'cancelled' : 'unavailable';
  const client = clientOf(request);
  const secret = cookies.read(request, cookies.session);
  if (secret === undefined || sessionDigest(secret) !== linksTo) return 'expired';
  try {
    const session = await sessions.find(secret, client);
    if (session === undefined) return 'expired';
    // Not repeated: the code works once, and a second try would call the first one's success a failure.
    await gateway
      .for({ ...client, accessToken: session.accessToken })
      .call('auth.linkByCode', { body: { code, code_verifier: verifier }, retriesMax: 0 });
    return 'linked';
  } catch (refusal) {
    if (refusal instanceof ConnectionError || refusal instanceof TimeoutError) return 'unavailable';
    if (!(refusal instanceof TurnpikeError)) throw refusal;
    return refusal.status >= 500 ? 'unavailable' : (REFUSALS[refusal.code] ?? 'refused');
  }
}

/** A path of the console that says how it ended. */
export function withOutcome(path: string, outcome: LinkOutcome, provider?: SignInProvider): string {
  const [pathname = '/', search] = path.split('?');
  const parameters = new URLSearchParams(search);
  parameters.set(LINK_SEARCH.outcome, outcome);
  if (provider !== undefined) parameters.set(LINK_SEARCH.provider, provider);
  return `${pathname}?${parameters.toString()}`;
}

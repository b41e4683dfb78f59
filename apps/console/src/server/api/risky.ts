import type { EndpointSpec } from '@turnpike/contracts';
import { isRead } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Session } from '../sessions/sessions.ts';

/** Acts of people that give somebody access, or end something for good. */
const RISKY: ReadonlySet<string> = new Set([
  'account.createApiKey',
  'account.rotateApiKey',
  'llm.createKey',
  'platform.updateMember',
  'platform.handOverOwnership',
  'platform.archiveTenant',
  'platform.createExport',
  'auth.deleteMe',
  'auth.linkApple',
  'auth.linkGoogle',
  'auth.linkGithub',
  'auth.linkByCode',
  'auth.unlinkIdentity',
  'platform.changePassword',
]);

/** Whether an act asks for a recent sign-in: those above, and all acts of operators. */
function isRisky({ id, access, method }: Pick<EndpointSpec, 'id' | 'access' | 'method'>): boolean {
  return RISKY.has(id) || (access === 'platform_admin' && !isRead(method));
}

/** Throws 403 `auth.reauthentication_required` for a risky act of a session whose sign-in is older than `ageSecondsMax`. */
export function refuseOldSignIn(
  operation: Pick<EndpointSpec, 'id' | 'access' | 'method'>,
  { method, signedInMs }: Session,
  ageSecondsMax: number,
): void {
  // The demo account may do none of these anyway, and the gateway's words say so.
  if (!isRisky(operation) || method === 'demo' || Date.now() - signedInMs <= ageSecondsMax * 1_000) return;
  throw new AppError('auth.reauthentication_required', {
    detail: 'The last sign-in is a while ago: sign in again to do this.',
  });
}

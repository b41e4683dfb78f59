import type { EndpointSpec } from '@turnpike/contracts';
import { isRead } from '@turnpike/contracts';

/** Acts of people that give somebody access, or end something for good. */
const RISKY: ReadonlySet<string> = new Set([
  'account.createApiKey',
  'account.rotateApiKey',
  'llm.createKey',
  'platform.updateMember',
  'platform.handOverOwnership',
  'platform.archiveTenant',
  'auth.deleteMe',
  'auth.linkApple',
  'auth.linkGoogle',
  'auth.linkGithub',
  'auth.linkByCode',
  'auth.unlinkIdentity',
  'platform.changePassword',
]);

/** Whether an act asks for a recent sign-in: those above, and all acts of operators. */
export function isRisky({ id, access, method }: Pick<EndpointSpec, 'id' | 'access' | 'method'>): boolean {
  return RISKY.has(id) || (access === 'platform_admin' && !isRead(method));
}

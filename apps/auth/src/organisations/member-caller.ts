import { AppError, type GatewayIdentity, type GatewayOrganisation } from '@turnpike/service-kit';
import { requireSession } from '../sessions/routes/session-caller.ts';

/** A person who acts within the organisation of their token. */
export interface MemberCaller {
  readonly userId: string;
  readonly sessionId: string;
  readonly organisation: GatewayOrganisation;
}

/** The member who calls a `tenant` endpoint. Throws `auth.scope_missing` for an API key. */
export function requireMember(identity: GatewayIdentity): MemberCaller {
  const sessionId = requireSession(identity);
  const { userId, organisation } = identity;
  if (organisation === undefined) throw new AppError('tenant.not_selected');
  return { userId, sessionId, organisation };
}

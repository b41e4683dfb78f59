import { HEADER, signGatewayRequestV2, type Role } from '@turnpike/contracts';
import { vouchFor } from './stack.ts';
import { SECRETS } from './start-users.ts';

/** Headers by which the edge vouches for a member of an organisation. */
export function memberHeaders(
  method: string,
  path: string,
  userId: string,
  organisation: { readonly id: string; readonly role: Role },
): Record<string, string> {
  const headers = vouchFor(userId, method, path);
  const [signedPath = ''] = path.split('?');
  return {
    ...headers,
    [HEADER.gatewaySessionId]: '0193a000-0000-7000-8000-0000000000ff',
    [HEADER.tenantId]: organisation.id,
    [HEADER.gatewayTenantRole]: organisation.role,
    [HEADER.gatewayTenantEnv]: 'prod',
    [HEADER.gatewaySignatureV2]: signGatewayRequestV2(SECRETS.INTERNAL_SIGNING_SECRET, {
      method,
      path: signedPath,
      userId,
      tenantId: organisation.id,
      timestamp: Number(headers[HEADER.gatewayTimestamp]),
    }),
  };
}

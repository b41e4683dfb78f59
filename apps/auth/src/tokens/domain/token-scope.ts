import { environment, role, type Environment, type Role } from '@turnpike/contracts';

/** The organisation, role and environment that an access token was issued for. The role is a hint for clients: introspection says the one of now. */
export interface TokenScope {
  readonly organisationId: string;
  /** Of the membership at the time; one that ended and began anew is another. */
  readonly membershipId: string;
  readonly role: Role;
  readonly environment: Environment;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The scope as claims of a token. */
export function claimsOfScope(scope: TokenScope): Readonly<Record<'tid' | 'mid' | 'role' | 'env', string>> {
  return { tid: scope.organisationId, mid: scope.membershipId, role: scope.role, env: scope.environment };
}

/** The scope of a token's claims: all four or none; anything else makes the token invalid. */
export function readTokenScope(claims: Readonly<Record<string, unknown>>): TokenScope | undefined | 'malformed' {
  const { tid, mid, role: givenRole, env } = claims;
  if (tid === undefined && mid === undefined && givenRole === undefined && env === undefined) return undefined;
  const parsedRole = role.safeParse(givenRole);
  const parsedEnvironment = environment.safeParse(env);
  if (typeof tid !== 'string' || !UUID.test(tid) || typeof mid !== 'string' || !UUID.test(mid)) return 'malformed';
  if (!parsedRole.success || !parsedEnvironment.success) return 'malformed';
  return { organisationId: tid, membershipId: mid, role: parsedRole.data, environment: parsedEnvironment.data };
}

import {
  SCOPE_ALL,
  type ActivePrincipal,
  type InactiveReason,
  type InactiveSubject,
  type OperatorRole,
  type Role,
} from '@turnpike/contracts';
import { isSharedMethod } from '../../sessions/domain/session.ts';
import { verifyAccessToken, type AccessTokenSettings, type FindKey } from './access-token.ts';
import type { TokenScope } from './token-scope.ts';

/** An inactive credential: why, and whose it was where it was ever good. */
export interface Inactive {
  readonly active: false;
  readonly reason: InactiveReason;
  readonly subject?: InactiveSubject;
}

export type Introspection = ActivePrincipal | Inactive;

/** One kind of credential. Kinds are asked in order; the first that recognises a credential answers for it. */
export interface CredentialKind {
  readonly name: string;
  /** Whether a credential is of this kind, by its form alone. */
  recognises(credential: string): boolean;
  /**
   * Rejects on an outage; a bad credential is an inactive answer. `tenantSlug`: the organisation that a session is to act within; keys have one
   * or none of their own.
   */
  introspect(credential: string, tenantSlug?: string): Promise<Introspection>;
}

/** What a session's state says of an access token. */
export interface SessionState {
  readonly userId: string;
  readonly tier: string;
  readonly lineageId: string;
  /** How the session was opened. */
  readonly method: string;
  readonly live: boolean;
  /** When the session was opened. */
  readonly openedAtMs: number;
  readonly operatorRole: OperatorRole | undefined;
  /** Where a scope was asked about: what its membership and organisation are now; `undefined` for one that ended. */
  readonly membership: MembershipState | undefined;
}

/** A membership as it is now, and its organisation. */
export interface MembershipState {
  readonly role: Role;
  readonly status: 'active' | 'disabled';
  readonly organisationStatus: 'active' | 'suspended' | 'archived';
  readonly organisationTier: string;
}

export interface AccessTokenPorts {
  findKey: FindKey;
  /** In one round trip, with the membership of the scope, if the token has one. */
  sessionState(sessionId: string, scope: TokenScope | undefined): Promise<SessionState | undefined>;
  /** The membership of a user in the organisation that has this slug now, as a scope of the environment `prod`; `undefined` where there is none. */
  scopeBySlug(userId: string, slug: string): Promise<TokenScope | undefined>;
  /** Whether the organisation takes sessions that were opened this way. */
  takesSignIn(organisationId: string, method: string): Promise<boolean>;
  nowMs(): number;
}

/** Access tokens: a valid signature is not enough, the session must live. Tier and role are those of now, not the token's. */
export function accessTokenKind(ports: AccessTokenPorts, settings: AccessTokenSettings): CredentialKind {
  return {
    name: 'access_token',
    recognises: (credential) => credential.split('.', 4).length === 3,
    async introspect(credential, tenantSlug) {
      const verdict = await verifyAccessToken(credential, ports.findKey, settings, Math.floor(ports.nowMs() / 1_000));
      if (!verdict.valid) return { active: false, reason: verdict.reason };
      const { sub, sid, iat, exp } = verdict.claims;
      const named = tenantSlug === undefined ? undefined : await ports.scopeBySlug(sub, tenantSlug);
      const scope = verdict.claims.scope ?? named;
      const session = await ports.sessionState(sid, scope);
      const subject = { user: sub, session: sid, organisation: scope?.organisationId };
      if (session === undefined || !session.live || session.userId !== sub)
        return { active: false, reason: 'session_revoked', subject };
      if (tenantSlug !== undefined) {
        if (scope === undefined) return { active: false, reason: 'membership_ended', subject };
        if (scope.organisationId !== named?.organisationId)
          return { active: false, reason: 'tenant_ambiguous', subject };
      }
      const { lineageId, method, membership } = session;
      // An account that everybody shares operates nothing.
      const operatorRole = isSharedMethod(method) ? undefined : session.operatorRole;
      if (scope !== undefined) {
        if (membership?.status !== 'active') return { active: false, reason: 'membership_ended', subject };
        if (membership.organisationStatus !== 'active') return { active: false, reason: 'tenant_suspended', subject };
        // A token that names the organisation was judged when it was made.
        if (verdict.claims.scope === undefined && !(await ports.takesSignIn(scope.organisationId, method)))
          return { active: false, reason: 'membership_ended', subject };
      }
      return {
        active: true,
        principal: 'user',
        token_type: 'access_token',
        sub,
        sid,
        ...(isSharedMethod(method) ? ({ shared: true } as const) : {}),
        ...(scope === undefined || membership === undefined
          ? {}
          : {
              organisation: {
                id: scope.organisationId,
                role: membership.role,
                env: scope.environment,
                membership_id: scope.membershipId,
                status: 'active' as const,
              },
            }),
        ...(operatorRole === undefined ? {} : { platform_admin: operatorRole }),
        auth_time: Math.floor(session.openedAtMs / 1_000),
        tier: membership === undefined ? session.tier : membership.organisationTier,
        limit_subject: lineageId,
        scopes: [SCOPE_ALL],
        iat,
        exp,
      };
    },
  };
}

/** Answers for a credential of any kind. One that no kind recognises is an invalid token. */
export async function introspectCredential(
  kinds: readonly CredentialKind[],
  credential: string,
  tenantSlug?: string,
): Promise<Introspection> {
  const kind = kinds.find((candidate) => candidate.recognises(credential));
  return kind === undefined ? { active: false, reason: 'jwt_invalid' } : kind.introspect(credential, tenantSlug);
}

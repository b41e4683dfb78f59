import { SCOPE_ALL, type ActivePrincipal, type InactiveReason } from '@turnpike/contracts';
import { isSharedMethod } from '../../sessions/domain/session.ts';
import { verifyAccessToken, type AccessTokenSettings, type FindKey } from './access-token.ts';

export type Introspection = ActivePrincipal | { readonly active: false; readonly reason: InactiveReason };

/** One kind of credential. Kinds are asked in order; the first that recognises a credential answers for it. */
export interface CredentialKind {
  readonly name: string;
  /** Whether a credential is of this kind, by its form alone. */
  recognises(credential: string): boolean;
  /** Rejects on an outage; a bad credential is an inactive answer. */
  introspect(credential: string): Promise<Introspection>;
}

/** What a session's state says of an access token. */
export interface SessionState {
  readonly userId: string;
  readonly tier: string;
  readonly lineageId: string;
  /** How the session was opened. */
  readonly method: string;
  readonly live: boolean;
}

export interface AccessTokenPorts {
  findKey: FindKey;
  sessionState(sessionId: string): Promise<SessionState | undefined>;
  nowMs(): number;
}

/** Access tokens: a valid signature is not enough, the session must live. The tier is the user's now, not the token's. */
export function accessTokenKind(ports: AccessTokenPorts, settings: AccessTokenSettings): CredentialKind {
  return {
    name: 'access_token',
    recognises: (credential) => credential.split('.', 4).length === 3,
    async introspect(credential) {
      const verdict = await verifyAccessToken(credential, ports.findKey, settings, Math.floor(ports.nowMs() / 1_000));
      if (!verdict.valid) return { active: false, reason: verdict.reason };
      const { sub, sid, iat, exp } = verdict.claims;
      const session = await ports.sessionState(sid);
      if (session === undefined || !session.live || session.userId !== sub)
        return { active: false, reason: 'session_revoked' };
      const { tier, lineageId, method } = session;
      return {
        active: true,
        principal: 'user',
        token_type: 'access_token',
        sub,
        sid,
        ...(isSharedMethod(method) ? ({ shared: true } as const) : {}),
        tier,
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
): Promise<Introspection> {
  const kind = kinds.find((candidate) => candidate.recognises(credential));
  return kind === undefined ? { active: false, reason: 'jwt_invalid' } : kind.introspect(credential);
}

import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';
import { signAccessToken, type AccessTokenSettings } from '../../tokens/domain/access-token.ts';
import type { RefreshTokens } from '../../tokens/domain/refresh-token.ts';
import type { SigningKey } from '../../tokens/domain/signing-keys.ts';
import type { TokenScope } from '../../tokens/domain/token-scope.ts';
import type {
  ClientInfo,
  LiveSession,
  NewSession,
  OpenOutcome,
  Rotation,
  RotationOutcome,
  SessionDraft,
  TokenHolder,
} from './session.ts';

/** Why no tokens were issued. */
export type SessionRefusal =
  | 'account_unknown'
  | 'account_disabled'
  | 'account_deleted'
  | 'refresh_invalid'
  | 'refresh_expired'
  | 'session_ended';

/** A sign-in or refresh that was refused; nothing to do with an outage. */
export class SessionRefused extends Error {
  override readonly name = 'SessionRefused';
  readonly reason: SessionRefusal;

  constructor(reason: SessionRefusal) {
    super(reason);
    this.reason = reason;
  }
}

/** An access token as it is answered. */
export interface AccessToken {
  readonly access_token: string;
  readonly token_type: 'bearer';
  /** Seconds. */
  readonly expires_in: number;
}

/** The token response of the contract, and whose it is. */
export interface IssuedTokens {
  readonly userId: string;
  readonly sessionId: string;
  readonly response: AccessToken & { readonly refresh_token: string };
}

/** Lives of sessions and of replaced tokens. */
export interface SessionSettings extends AccessTokenSettings {
  readonly absoluteMs: number;
  readonly idleMs: number;
  readonly graceMs: number;
}

/** What issuing and refreshing need of the world. */
export interface SessionPorts {
  open(session: NewSession): Promise<OpenOutcome>;
  rotate(rotation: Rotation): Promise<RotationOutcome>;
  /** Whose live session it is, where the token is its current one, or the one before and within the grace. */
  holder(presented: {
    readonly sessionId: string;
    readonly digest: Buffer;
    readonly graceMs: number;
  }): Promise<TokenHolder | undefined>;
  /** Tells the edges; never rejects, what it cannot tell now is told later. */
  announce(revocations: readonly RecordedRevocation[]): Promise<void>;
  signingKey(): SigningKey;
  newId(): string;
  nowMs(): number;
}

/** Whose session is opened, how, and for whom. */
export interface SessionRequest {
  readonly userId: string;
  readonly method: string;
  /** `operator` where somebody else than the user asked. */
  readonly actor?: 'user' | 'operator';
  readonly client: ClientInfo;
}

/** Opens sessions and refreshes them: the only place that issues tokens. */
export class Sessions {
  readonly #ports: SessionPorts;
  readonly #refreshTokens: RefreshTokens;
  readonly #settings: SessionSettings;

  constructor(ports: SessionPorts, refreshTokens: RefreshTokens, settings: SessionSettings) {
    this.#ports = ports;
    this.#refreshTokens = refreshTokens;
    this.#settings = settings;
  }

  /** A new session of an account, with its first pair. Throws `SessionRefused` with `account_*`. */
  open({ userId, method, actor = 'user', client }: SessionRequest): Promise<IssuedTokens> {
    return this.openBy(async (draft) => {
      const opened = await this.#ports.open({ ...draft, userId, method, actor, client });
      if (opened.outcome !== 'opened') throw new SessionRefused(`account_${opened.outcome}`);
      return { userId, ...opened };
    });
  }

  /** A new session that `write` records together with something else, such as the code that it is opened by. */
  async openBy(write: (draft: SessionDraft) => Promise<LiveSession>): Promise<IssuedTokens> {
    const id = this.#ports.newId();
    const refreshToken = this.#refreshTokens.issue(id);
    const { idleMs, absoluteMs } = this.#settings;
    const session = await write({ id, digest: refreshToken.digest, idleMs, absoluteMs });
    return this.#issue({ ...session, sessionId: id }, refreshToken.text);
  }

  /**
   * Exchanges a refresh token for the next pair; of parallel calls with one token one rotates, and all receive the same
   * successor (ADR 7). Throws `SessionRefused`; an outage is thrown as it comes. `expectedUserId`: refuse, rotating
   * nothing, unless the token is this user's.
   */
  async refresh(text: string, expectedUserId?: string): Promise<IssuedTokens> {
    const presented = this.#refreshTokens.read(text);
    if (presented === undefined) throw new SessionRefused('refresh_invalid');
    const { sessionId, digest } = presented;
    const next = this.#refreshTokens.issue(sessionId);
    const result = await this.#ports.rotate({
      sessionId,
      expectedUserId,
      presented: digest,
      next: next.digest,
      nextSealed: this.#refreshTokens.sealSuccessor(presented, next),
      graceMs: this.#settings.graceMs,
      idleMs: this.#settings.idleMs,
    });
    switch (result.outcome) {
      case 'rotated':
        return this.#issue({ sessionId, ...result }, next.text);
      case 'repeated':
        return this.#issue({ sessionId, ...result }, this.#refreshTokens.openSuccessor(presented, result.sealed));
      case 'reused':
        await this.#ports.announce([result.revocation]);
        throw new SessionRefused('session_ended');
      case 'ended':
      case 'inactive':
        throw new SessionRefused('session_ended');
      case 'expired':
        throw new SessionRefused('refresh_expired');
      case 'unknown':
      case 'wrong_owner':
        throw new SessionRefused('refresh_invalid');
    }
  }

  /** Whose refresh token it is, where `refresh` would exchange it; nothing is exchanged, nor ended. */
  async holderOf(text: string): Promise<TokenHolder | undefined> {
    const presented = this.#refreshTokens.read(text);
    if (presented === undefined) return undefined;
    const { sessionId, digest } = presented;
    return this.#ports.holder({ sessionId, digest, graceMs: this.#settings.graceMs });
  }

  /** The session a refresh token names, if we made the token; for logging out and revoking. */
  sessionOf(refreshToken: string): string | undefined {
    return this.#refreshTokens.read(refreshToken)?.sessionId;
  }

  /** An access token of a live session alone, within an organisation where `scope` is given; the session's refresh token stays as it is. */
  accessToken(session: LiveSession & { readonly sessionId: string; readonly scope?: TokenScope }): AccessToken {
    const nowMs = this.#ports.nowMs();
    const nowSeconds = Math.floor(nowMs / 1_000);
    // The last access token of a session does not outlive it; one second is the least a token can say.
    const leftSeconds = Math.max(1, Math.floor((session.expiresAt.getTime() - nowMs) / 1_000));
    const lifeSeconds = Math.min(this.#settings.ttlSeconds, leftSeconds);
    const token = { id: this.#ports.newId(), nowSeconds, lifeSeconds };
    return {
      access_token: signAccessToken(this.#ports.signingKey(), this.#settings, session, token),
      token_type: 'bearer',
      expires_in: lifeSeconds,
    };
  }

  #issue(session: LiveSession & { readonly sessionId: string }, refreshToken: string): IssuedTokens {
    return {
      userId: session.userId,
      sessionId: session.sessionId,
      response: { ...this.accessToken(session), refresh_token: refreshToken },
    };
  }
}

import type { RecordedRevocation } from '../../revocations/domain/revocation.ts';

/** Where a sign-in came from, for the owner's list of sessions and the audit trail. */
export interface ClientInfo {
  /** A word for the device, such as `iPhone`. */
  readonly device?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
}

/** What every new session has, whoever it is for. */
export interface SessionDraft {
  readonly id: string;
  /** Digest of its first refresh token. */
  readonly digest: Buffer;
  readonly idleMs: number;
  readonly absoluteMs: number;
}

/** A session to be opened. */
export interface NewSession extends SessionDraft {
  readonly userId: string;
  /** How: a provider's name, `password`, `demo`, `dev`, `service`, `email`. */
  readonly method: string;
  readonly actor: 'user' | 'operator';
  readonly client: ClientInfo;
}

/** Whether sessions opened in this way are of an account that everybody shares. */
export function isSharedMethod(method: string): boolean {
  return method === 'demo';
}

export type OpenOutcome =
  | { readonly outcome: 'opened'; readonly tier: string; readonly expiresAt: Date }
  | { readonly outcome: 'unknown' | 'disabled' | 'deleted' };

/** A refresh token presented, with the candidate for its successor. */
export interface Rotation {
  readonly sessionId: string;
  /** Where the caller named the owner: nothing is rotated for another's token. */
  readonly expectedUserId: string | undefined;
  readonly presented: Buffer;
  readonly next: Buffer;
  readonly nextSealed: Buffer;
  readonly graceMs: number;
  readonly idleMs: number;
}

/** Whose session, with which tier, until when at most. */
export interface LiveSession {
  readonly userId: string;
  readonly tier: string;
  readonly expiresAt: Date;
}

export type RotationOutcome =
  | ({ readonly outcome: 'rotated' } & LiveSession)
  | ({ readonly outcome: 'repeated'; readonly sealed: Uint8Array } & LiveSession)
  | { readonly outcome: 'reused'; readonly revocation: RecordedRevocation }
  | { readonly outcome: 'ended' | 'expired' | 'inactive' | 'unknown' | 'wrong_owner' };

/** Whose session a refresh token belongs to, and how that was opened. */
export interface TokenHolder {
  readonly userId: string;
  readonly method: string;
}

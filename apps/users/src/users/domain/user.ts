import type { z } from 'zod';
import type { UserStatus, userView } from '@turnpike/contracts';

/** A user as this service knows it. */
export interface User {
  readonly id: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
  readonly tier: string;
  readonly status: UserStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a new user starts with. */
export interface NewUser {
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
  readonly tier: string;
}

/** Tier of a user about whom nothing else was said. */
export const DEFAULT_TIER = 'free';

/**
 * `identity`: what people sign in with; `external`: the ids that services use for them. Apart, so that a service cannot
 * reach an account by an id that looks like an identity (ADR 5).
 */
export type KeyNamespace = 'identity' | 'external';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a reference may be one of our own ids; those are looked up before external ids, so no external id can stand in for one. */
export function mayBeUserId(reference: string): boolean {
  return UUID.test(reference);
}

/** A user as the wire shows it. */
export function toUserView(user: User): z.input<typeof userView> {
  return {
    id: user.id,
    email: user.email,
    email_verified: user.emailVerified,
    display_name: user.displayName,
    tier: user.tier,
    status: user.status,
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}

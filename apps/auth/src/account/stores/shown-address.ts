import { Prisma } from '../../generated/prisma/client.ts';

/**
 * `i.email` and `i.email_verified` of the account `a`: the address that a person is shown by. A proven one where there is one, and of those the
 * one that they sign in with.
 */
export const SHOWN_ADDRESS = Prisma.sql`LEFT JOIN LATERAL (
    SELECT o.email, o.email_verified FROM identity o WHERE o.user_id = a.user_id AND o.email IS NOT NULL
     ORDER BY o.email_verified DESC, o.provider = 'email' DESC, o.linked_at, o.id LIMIT 1
  ) i ON true`;

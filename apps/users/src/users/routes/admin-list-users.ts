import { adminListUsers, describePeople, findPeople, type Output } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { mayBeUserId } from '../domain/user.ts';
import { listUsers, type DirectoryQuery, type ListedUser } from '../stores/directory.ts';

export const adminListUsersRoute = ({ auth, database }: Context) =>
  route(adminListUsers, async ({ query: { limit, offset, cursor, status, q } }) => {
    const among = q === undefined ? undefined : await foundBy(auth, q);
    const { items, total, more } = await listUsers(database, { limit, offset, cursor, status, among });
    const known = await knownToAuth(auth, items);
    const next = more ? (items.at(-1)?.id ?? null) : null;
    const users = items.map((user) => userView(user, known.get(user.id)));
    return { status: 200, body: { items: users, total, limit, offset, next_cursor: next } };
  });

/** An id, or an address: of the profile, which is ours, or one that auth has seen proven. */
async function foundBy(auth: Context['auth'], q: string): Promise<DirectoryQuery['among']> {
  if (mayBeUserId(q)) return { ids: [q], email: undefined };
  const { ids } = await auth.call(findPeople, { body: { email: q }, repeatable: true });
  return { ids, email: q };
}

type Known = Output<typeof describePeople>['items'][number];

async function knownToAuth(auth: Context['auth'], users: readonly ListedUser[]): Promise<ReadonlyMap<string, Known>> {
  if (users.length === 0) return new Map();
  const body = { ids: users.map(({ id }) => id) };
  const { items } = await auth.call(describePeople, { body, repeatable: true });
  return new Map(items.map((item) => [item.id, item]));
}

/** Who never signed in is unknown to auth. */
function userView(
  { id, email, emailVerified, tier, status, createdAt }: ListedUser,
  known: Known | undefined,
): Output<typeof adminListUsers>['items'][number] {
  return {
    id,
    email,
    first_name: known?.first_name ?? null,
    last_name: known?.last_name ?? null,
    status,
    tier,
    email_verified: emailVerified,
    is_platform_admin: known?.is_platform_admin ?? false,
    tenants: known?.tenants ?? 0,
    created_at: createdAt.toISOString(),
    last_login_at: known?.last_login_at ?? null,
  };
}

import {
  adminListUsers,
  exactCredits,
  findCallers,
  findPeople,
  listBalances,
  type Input,
  type Output,
} from '@turnpike/contracts';
import { deadline, route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { mayBeUserId } from '../domain/user.ts';
import { knownToAuth, shownAddress, type Known } from '../known-to-auth.ts';
import { listUsers, type DirectoryQuery, type ListedUser } from '../stores/directory.ts';
import { findUserByKey } from '../stores/users.ts';

/** How long credits may take for the balances of a list, in milliseconds. */
const BALANCES_MS = 2_000;

export const adminListUsersRoute = (context: Context) =>
  route(adminListUsers, async ({ query: { limit, offset, cursor, status, tier, q, ...traces } }) => {
    const { auth, database } = context;
    const [among, traced] = await Promise.all([
      q === undefined ? undefined : foundBy(auth, q),
      tracedBy(context, traces),
    ]);
    const { items, total, more } = await listUsers(database, { limit, offset, cursor, status, tier, among, traced });
    const ids = items.map(({ id }) => id);
    const [known, balances] = await Promise.all([knownToAuth(auth, ids), balancesOf(context, ids)]);
    const next = more ? (items.at(-1)?.id ?? null) : null;
    const users = items.map((user) => userView(user, known.get(user.id), balances));
    return { status: 200, body: { items: users, total, limit, offset, next_cursor: next } };
  });

/** An id, or an address: of the profile, which is ours, or one that auth has seen proven. */
async function foundBy(auth: Context['auth'], q: string): Promise<DirectoryQuery['among']> {
  if (mayBeUserId(q)) return { ids: [q], email: undefined };
  const { ids } = await auth.call(findPeople, { body: { email: q }, repeatable: true });
  return { ids, email: q };
}

type Traces = Pick<Input<typeof adminListUsers, 'query'>, 'external_id' | 'key_prefix' | 'request_id'>;

/** Ids of whoever left all of these; `undefined` where none is asked for. */
async function tracedBy(
  { auth, database, usage }: Context,
  { external_id: externalId, key_prefix: prefix, request_id: requestId }: Traces,
): Promise<readonly string[] | undefined> {
  const lists = await Promise.all([
    externalId === undefined
      ? undefined
      : findUserByKey(database, 'external', externalId).then((user) => (user === undefined ? [] : [user.id])),
    prefix === undefined
      ? undefined
      : auth.call(findPeople, { body: { key_prefix: prefix }, repeatable: true }).then(({ ids }) => ids),
    requestId === undefined
      ? undefined
      : usage.call(findCallers, { query: { request_id: requestId } }).then(({ user_ids: ids }) => ids),
  ]);
  const asked = lists.filter((ids) => ids !== undefined);
  const [first, ...others] = asked;
  return first?.filter((id) => others.every((ids) => ids.includes(id)));
}

/** What they can spend, in micro-credits; `undefined` where credits does not answer, or is of a release that does not say: the list stands without. */
async function balancesOf(
  { figures, logger }: Context,
  ids: readonly string[],
): Promise<ReadonlyMap<string, bigint> | undefined> {
  if (ids.length === 0) return new Map();
  try {
    const asked = figures.credits.call(listBalances, { body: { user_ids: [...ids] }, repeatable: true });
    const { items } = await deadline(asked, BALANCES_MS, 'balances');
    return new Map(items.map(({ user_id: id, available_micro: micro }) => [id, BigInt(micro)]));
  } catch (err) {
    logger.warn({ err }, 'users are listed without their balances');
    return undefined;
  }
}

/** Who never signed in is unknown to auth. */
function userView(
  user: ListedUser,
  known: Known | undefined,
  balances: ReadonlyMap<string, bigint> | undefined,
): Output<typeof adminListUsers>['items'][number] {
  const { id, email, emailVerified, tier, status, createdAt } = shownAddress(user, known);
  return {
    id,
    email,
    first_name: known?.first_name ?? null,
    last_name: known?.last_name ?? null,
    status,
    tier,
    balance: balances === undefined ? null : exactCredits(balances.get(id) ?? 0n),
    email_verified: emailVerified,
    is_platform_admin: known?.is_platform_admin ?? false,
    tenants: known?.tenants ?? 0,
    created_at: createdAt.toISOString(),
    last_login_at: known?.last_login_at ?? null,
  };
}

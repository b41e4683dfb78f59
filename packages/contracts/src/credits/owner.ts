import { z } from 'zod';
import { field, insteadOf } from '../fields.ts';

/** What may own credits. */
export const creditOwnerType = z.enum(['user', 'organisation']);

const ownerId = field.id.toLowerCase();

/** Whose credits move. */
export const creditOwner = z.object({ type: creditOwnerType, id: ownerId }).meta({ id: 'CreditOwner' });
export type CreditOwner = Readonly<z.output<typeof creditOwner>>;

/** An owner as a request names it: a user by `user_id`, any owner by `owner` in a body and by the two parameters in a query. */
export interface NamedOwner {
  readonly user_id?: string | undefined;
  readonly owner?: CreditOwner | undefined;
  readonly owner_type?: CreditOwner['type'] | undefined;
  readonly owner_id?: string | undefined;
}

/** Members of a body that name the owner. */
export const ownerMembers = {
  user_id: ownerId.optional().describe('The user whose credits move: the same as `owner` with type `user`.'),
  owner: creditOwner.optional().describe('Whose credits move.').meta(insteadOf('user_id')),
} as const;

/** Parameters of a query that name the owner. */
export const ownerParameters = {
  user_id: ownerId.optional().describe('The user whose credits are meant: the same as `owner_type` `user`.'),
  owner_type: creditOwnerType.optional().describe('What owns the credits.').meta(insteadOf('user_id')),
  owner_id: ownerId.optional().describe('Whose credits are meant, with `owner_type`.').meta(insteadOf('user_id')),
} as const;

const notBoth = ({ user_id: userId, owner, owner_type: type, owner_id: id }: NamedOwner): boolean =>
  (type === undefined) === (id === undefined) && [userId, owner, id].filter((given) => given !== undefined).length <= 1;

const named = (request: NamedOwner): boolean =>
  [request.user_id, request.owner, request.owner_id].some((given) => given !== undefined);

/** Arguments of `refine`. */
type Refinement = [holds: (request: NamedOwner) => boolean, fault: { error: string; path: string[] }];

/** An owner is named, in one way. */
export const namesOneOwner: Refinement = [
  (request) => named(request) && notBoth(request),
  { error: 'Give either user_id or owner', path: ['user_id'] },
];

/** The same where nobody needs to be named. */
export const namesOwnerOnce: Refinement = [notBoth, { error: 'Give either user_id or owner', path: ['owner'] }];

/** The owner that a request names; `undefined` where it names none. */
export function ownerNamedIn({
  user_id: userId,
  owner,
  owner_type: type,
  owner_id: id,
}: NamedOwner): CreditOwner | undefined {
  if (owner !== undefined) return owner;
  if (type !== undefined && id !== undefined) return { type, id };
  return userId === undefined ? undefined : { type: 'user', id: userId };
}

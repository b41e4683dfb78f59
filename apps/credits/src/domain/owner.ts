import { ownerNamedIn, type CreditOwner, type NamedOwner } from '@turnpike/contracts';

/** Who an account belongs to: a user or an organisation. */
export type Owner = CreditOwner;

export function userOwner(id: string): Owner {
  return { type: 'user', id };
}

export function organisationOwner(id: string): Owner {
  return { type: 'organisation', id };
}

/** An owner as text, the same for the same owner. */
export function ownerKey({ type, id }: Owner): string {
  return `${type}:${id}`;
}

/** The owner that a request names, where its contract has checked that it names one. */
export function ownerOf(request: NamedOwner): Owner {
  const owner = ownerNamedIn(request);
  if (owner === undefined) throw new Error('an unchecked request: it names no owner');
  return owner;
}

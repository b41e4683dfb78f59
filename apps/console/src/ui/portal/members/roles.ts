import type { Operations } from '@turnpike/client';

export type Role = Operations['platform.listMembers']['answers']['items'][number]['role'];

/** Roles of an organisation, lowest first: each may do what those before it may. */
export const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

/** The roles that somebody may give: none above the own one. */
export function rolesUpTo(own: Role | undefined): readonly Role[] {
  return own === undefined ? [] : ROLES.slice(0, ROLES.indexOf(own) + 1);
}

/** Whether somebody may change or remove a member: admins and owners, and nobody above themselves. */
export function mayActOn(own: Role | undefined, other: Role): boolean {
  return (own === 'admin' || own === 'owner') && rolesUpTo(own).includes(other);
}

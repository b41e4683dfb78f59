import type { Operations } from '@turnpike/client';

export type Role = Operations['platform.listMembers']['answers']['items'][number]['role'];

/** Roles of an organisation, lowest first: each may do what those before it may. */
export const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

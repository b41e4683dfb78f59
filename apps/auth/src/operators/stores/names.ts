import { z } from 'zod';
import { SHOWN_ADDRESS } from '../../account/stores/shown-address.ts';
import type { Db } from '../../database.ts';

/** Ids that stand in a list of operators; nulls and repetitions are left out. */
export interface Unnamed {
  readonly users?: readonly (string | null | undefined)[];
  readonly organisations?: readonly (string | null | undefined)[];
  readonly keys?: readonly (string | null | undefined)[];
}

/** By id: the address of a person, the name of an organisation, the name and first characters of a key. */
export type Names = ReadonlyMap<string, { readonly name: string | null; readonly prefix: string | null }>;

const named = z.object({ id: z.string(), name: z.string().nullable(), prefix: z.string().nullable() });

/** What people call them: one statement for a page of a list. Who is erased, and what is gone, has no name here. */
export async function namesOf(db: Db, { users, organisations, keys }: Unnamed): Promise<Names> {
  const [userIds, organisationIds, keyIds] = [distinct(users), distinct(organisations), distinct(keys)];
  if (userIds.length + organisationIds.length + keyIds.length === 0) return new Map();
  const rows = await db.many(named)`
    SELECT a.user_id AS id, i.email AS name, NULL AS prefix
      FROM unnest(${userIds}::uuid[]) u(id) JOIN account a ON a.user_id = u.id ${SHOWN_ADDRESS}
    UNION ALL
    SELECT o.id, o.name, NULL FROM unnest(${organisationIds}::uuid[]) u(id) JOIN organisation o ON o.id = u.id
    UNION ALL
    SELECT k.id, k.name, k.prefix FROM unnest(${keyIds}::uuid[]) u(id) JOIN api_key k ON k.id = u.id`;
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

function distinct(ids: Unnamed['users'] = []): string[] {
  return [...new Set(ids.filter((id) => id !== null && id !== undefined))];
}

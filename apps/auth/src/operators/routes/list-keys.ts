import { adminListKeys } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { listKeys } from '../stores/keys.ts';
import { adminKeyViews } from './key-view.ts';

export const adminListKeysRoute = ({ database }: Context) =>
  route(adminListKeys, async ({ query: { limit, offset, cursor, id, prefix, ...owner } }) => {
    const { items, total, more } = await listKeys(database, {
      limit,
      offset,
      cursor,
      id,
      prefix,
      userId: owner.user_id,
      organisationId: owner.organisation_id,
    });
    const next = more ? (items.at(-1)?.id ?? null) : null;
    const shown = await adminKeyViews(database, items);
    return { status: 200, body: { items: shown, total, limit, offset, next_cursor: next } };
  });

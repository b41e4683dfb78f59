import { ARCHIVE_ORGANISATIONS_PAGE, archivedOrganisations } from '@turnpike/contracts';
import { AppError, route } from '@turnpike/service-kit';
import type { Context } from '../context.ts';

const HOUR_MS = 3_600_000;

export const archivedOrganisationsRoute = ({ store }: Context) =>
  route(archivedOrganisations, async ({ query: { from, to, cursor } }) => {
    if (Date.parse(to) - Date.parse(from) > HOUR_MS)
      throw new AppError('request.invalid', {
        detail: 'query.to: At most an hour after `from`',
        errors: [{ path: 'query.to', message: 'At most an hour after `from`' }],
      });
    const items = await store.organisationsIn(new Date(from), new Date(to), cursor, ARCHIVE_ORGANISATIONS_PAGE);
    const next = items.length < ARCHIVE_ORGANISATIONS_PAGE ? null : (items.at(-1) ?? null);
    return { status: 200, body: { items, next_cursor: next } };
  });

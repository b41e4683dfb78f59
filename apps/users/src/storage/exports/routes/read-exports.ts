import { getExport, listExports } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import { organisationOf } from '../../../configuration/routes/caller.ts';
import type { Context } from '../../../context.ts';
import { exportsOf, pagesOf } from '../../stores/exports.ts';
import { exportViewOf, ownExport } from './export-view.ts';

export const readExportRoutes = (context: Context) => [
  route(listExports, async ({ identity }) => {
    const found = await exportsOf(context.database, organisationOf(identity));
    return { status: 200, body: { items: found.map((one) => exportViewOf(context, one, identity.userId)) } };
  }),
  route(getExport, async ({ identity, params: { id } }) => {
    const found = await ownExport(context, organisationOf(identity), id);
    const pages = await pagesOf(context.database, id);
    return {
      status: 200,
      body: {
        ...exportViewOf(context, found, identity.userId),
        pages: pages.map(({ records, bytes, sha256 }) => ({ records, bytes, sha256 })),
      },
    };
  }),
];

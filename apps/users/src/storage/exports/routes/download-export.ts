import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { downloadExport } from '@turnpike/contracts';
import { AppError, route, writeEvent } from '@turnpike/service-kit';
import type { Context } from '../../../context.ts';
import { reportOf } from '../../../users/stores/audit-events.ts';
import { unreachable } from '../../choose-store.ts';
import { openPlace } from '../../open-target.ts';
import { reasonOf } from '../../probe.ts';
import type { ObjectStore } from '../../s3-client.ts';
import { findExport, pagesOf, type ExportPage } from '../../stores/exports.ts';
import { openLink } from '../link.ts';
import { exportPageName, sha256 } from '../write-export.ts';

const compress = promisify(gzip);

/** A file that is not what was written; it has the name that S3 gives such an error. */
class PageDamaged extends Error {
  override readonly name = 'BadDigest';
}

export const downloadExportRoute = (context: Context) =>
  route(downloadExport, async ({ query: { token }, requestId, response, signal, log }) => {
    const { database, relay, vault } = context;
    const link = openLink(vault, token);
    if (link === undefined) throw new AppError('resource.not_found');
    const found = link.expiresAt.getTime() > Date.now() ? await findExport(database, link.exportId) : undefined;
    const objects = found?.state === 'ready' ? await openPlace(context, found.organisationId, found.place) : undefined;
    if (found === undefined || objects === undefined)
      throw new AppError('resource.gone', { detail: 'The link is over an hour old, or the export is gone.' });
    try {
      const bodies = bodiesOf(objects, found.id, await pagesOf(database, found.id), signal);
      // A store that does not work is told of before the answer has begun.
      const first = await bodies.next().catch((err: unknown) => {
        log.warn({ err, export: found.id }, 'an export could not be read');
        throw unreachable(reasonOf(err));
      });
      const event = { action: 'export.downloaded', actor: 'user', requestId, detail: { export_id: found.id } } as const;
      await writeEvent(database.query, 'audit.recorded', {
        ...reportOf(event, link.userId),
        organisation_id: found.organisationId,
      });
      relay.kick();
      response.setHeader('Content-Type', 'application/gzip');
      const day = found.createdAt.toISOString().slice(0, 10);
      response.setHeader('Content-Disposition', `attachment; filename="export-${day}.ndjson.gz"`);
      await pipeline(Readable.from(joined(first, bodies)), response);
      return 'handled' as const;
    } finally {
      objects.close();
    }
  });

/** The files one after another, each compared with its digest; gzip files that follow each other are one (RFC 1952 §2.2). */
async function* bodiesOf(
  objects: ObjectStore,
  id: string,
  pages: readonly ExportPage[],
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  if (pages.length === 0) yield await compress('');
  for (const page of pages) {
    const name = exportPageName(id, page.number);
    const body = await objects.get(name, signal);
    if (sha256(body) !== page.sha256) throw new PageDamaged(`${name} is not what was written`);
    yield body;
  }
}

async function* joined(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void, void>,
): AsyncGenerator<Buffer> {
  if (!first.done) yield first.value;
  yield* rest;
}

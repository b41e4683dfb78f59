import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EXPORT_PAGES_MAX } from '@turnpike/contracts';
import type { Context } from '../../context.ts';
import type { ObjectStore } from '../s3-client.ts';
import { noteProgress, noteReady, type ExportPage, type OrganisationExport } from '../stores/exports.ts';
import { readBatch } from './read-records.ts';

const compress = promisify(gzip);
/** Files that are written before another export has its turn. */
const TURN_PAGES = 100;
/** How long one file may take, in milliseconds. */
const PAGE_TIMEOUT_MS = 60_000;

/** The name of a file of an export. */
export const exportPageName = (id: string, number: number): string =>
  `exports/${id}/${String(number).padStart(8, '0')}.ndjson.gz`;

export const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/**
 * Goes on with an export where it is, for one turn: `done` once it is whole, or somebody else has it. Each file is noted before the next is written; one that
 * broke off is written again under its number, so no record is there twice.
 */
export async function writeExport(
  context: Pick<Context, 'database' | 'entries' | 'usage'>,
  objects: ObjectStore,
  claimed: OrganisationExport,
  leaseMs: number,
  signal: AbortSignal,
): Promise<'done' | 'more' | 'too_large'> {
  const { database } = context;
  let going = claimed;
  for (let turn = 0; turn < TURN_PAGES; turn += 1) {
    if (going.kind >= going.include.length) {
      await noteReady(database, going);
      return 'done';
    }
    const ending = AbortSignal.any([signal, AbortSignal.timeout(PAGE_TIMEOUT_MS)]);
    const { items, next } = await readBatch(context, going, ending);
    if (items.length > 0 && going.pages >= EXPORT_PAGES_MAX) return 'too_large';
    const written = items.length > 0 ? await writePage(objects, going, items, ending) : undefined;
    const before = going;
    const noted = await database.transaction((db) => noteProgress(db, before, written, next, leaseMs));
    if (noted === undefined) return 'done';
    going = noted;
  }
  return 'more';
}

async function writePage(
  objects: ObjectStore,
  { id, pages }: OrganisationExport,
  items: readonly object[],
  signal: AbortSignal,
): Promise<ExportPage> {
  const number = pages + 1;
  const body = await compress(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  await objects.put(exportPageName(id, number), body, signal);
  return { number, records: items.length, bytes: body.length, sha256: sha256(body) };
}

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Output, verifyAuditArchive } from '@turnpike/contracts';
import type { Context } from '../../context.ts';
import { checkAuditFile } from '../domain/audit-chain.ts';
import { openTarget, type Target } from '../open-target.ts';
import { archivesAfter, type AuditArchive } from '../stores/audit-archives.ts';
import { auditFileName } from './archive-audit.ts';

const decompress = promisify(gunzip);
/** Files that one call looks at. */
const FILES_MAX = 100;
/** How long one call may read, in milliseconds. */
const TIMEOUT_MS = 20_000;

type Verdict = Output<typeof verifyAuditArchive>;
type Broken = NonNullable<Verdict['broken']>;

/** Reads an organisation's audit archive after a file, and finds the first place where it is not what was written. */
export async function verifyAudit(
  context: Pick<Context, 'config' | 'database' | 'managedPlace' | 'vault'>,
  organisationId: string,
  after: number,
): Promise<Verdict> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const files = await archivesAfter(context.database, organisationId, after, FILES_MAX);
  const target = await openTarget(context, organisationId, 'audit');
  const seen = { files: 0, entries: 0, elsewhere: 0 };
  try {
    for (const file of files) {
      if (target?.place !== file.place) {
        seen.elsewhere += 1;
        continue;
      }
      const broken = await breakOf(target, organisationId, file, signal);
      if (broken !== undefined) return { ...seen, broken, next_after: null };
      seen.files += 1;
      seen.entries += file.entries;
    }
  } finally {
    target?.objects.close();
  }
  const next = files.length < FILES_MAX ? null : (files.at(-1)?.number ?? null);
  return { ...seen, broken: null, next_after: next };
}

async function breakOf(
  { objects }: Target,
  organisationId: string,
  { number, day, previous, chain }: AuditArchive,
  signal: AbortSignal,
): Promise<Broken | undefined> {
  const name = auditFileName(day, number);
  let text: string;
  try {
    text = (await decompress(await objects.get(name, signal))).toString();
  } catch (error) {
    if (isMissing(error)) return { file: name, line: null, fault: 'missing' };
    if (isDamaged(error)) return { file: name, line: null, fault: 'unreadable' };
    throw error;
  }
  const broken = checkAuditFile(text, { organisationId, day, number, previous }, chain);
  return broken === undefined ? undefined : { file: name, ...broken };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NoSuchKey' || ('code' in error && error.code === 'ENOENT'));
}

/** What is no gzip any more. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

import { createHash } from 'node:crypto';
import { z } from 'zod';

/** What a file of the audit archive begins with. */
export interface AuditFileHead {
  readonly organisationId: string;
  /** `YYYY-MM-DD`, UTC: the day at whose end it was written. */
  readonly day: string;
  /** Files of one organisation are counted from 1. */
  readonly number: number;
  /** What the file before ends with; null for the first one. */
  readonly previous: string | null;
}

/** A file of the archive, and what the next one begins with. */
export interface AuditFile {
  readonly text: string;
  readonly chain: string;
}

const LINE_END = /,"chain":"([0-9a-f]{64})"\}$/;

const headLine = z.object({
  archive: z.literal('audit'),
  organisation_id: z.string(),
  day: z.string(),
  number: z.number(),
  entries: z.number(),
  previous: z.string().nullable(),
});

/**
 * The lines of a file: one that says which file it is, with what the file before ended with, and one for each entry. Each entry ends with the
 * SHA-256 of all that comes before it, so that no line can be changed, taken out or put in without every later line and file telling.
 */
export function auditFileOf(head: AuditFileHead, entries: readonly object[]): AuditFile {
  const { organisationId, day, number, previous } = head;
  const first = JSON.stringify({
    archive: 'audit',
    organisation_id: organisationId,
    day,
    number,
    entries: entries.length,
    previous,
  });
  let chain = sha256(first);
  const lines = entries.map((entry) => {
    const line = JSON.stringify(entry);
    chain = sha256(`${chain}\n${line}`);
    return `${line.slice(0, -1)},"chain":"${chain}"}`;
  });
  return { text: [first, ...lines].map((line) => `${line}\n`).join(''), chain };
}

/** Where a chain breaks. */
export interface BrokenLine {
  /** Counted from 1. */
  readonly line: number;
  readonly fault: 'head' | 'previous' | 'entry' | 'entries' | 'end';
}

/** Checks a file against where it stands and what it ended with when it was written. `undefined`: it is what was written. */
export function checkAuditFile(text: string, head: AuditFileHead, ends: string): BrokenLine | undefined {
  const [first = '', ...lines] = text.replace(/\n$/, '').split('\n');
  const said = headOf(first);
  if (
    said === undefined ||
    said.organisation_id !== head.organisationId ||
    said.day !== head.day ||
    said.number !== head.number
  )
    return { line: 1, fault: 'head' };
  if (said.previous !== head.previous) return { line: 1, fault: 'previous' };
  let chain = sha256(first);
  for (const [index, line] of lines.entries()) {
    const stated = LINE_END.exec(line);
    chain = sha256(`${chain}\n${line.replace(LINE_END, '}')}`);
    if (stated?.[1] !== chain) return { line: index + 2, fault: 'entry' };
  }
  if (lines.length !== said.entries) return { line: lines.length + 1, fault: 'entries' };
  return chain === ends ? undefined : { line: lines.length + 1, fault: 'end' };
}

function headOf(line: string): z.output<typeof headLine> | undefined {
  try {
    return headLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

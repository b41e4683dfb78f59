import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { recordAuditEvent } from '../audit/stores/audit.ts';
import type { Database } from '../database.ts';

/** What a person typed after `keys`. */
export interface KeysAct {
  readonly words: readonly string[];
  readonly urgent: boolean;
  readonly json: boolean;
  readonly by: string;
  readonly reason: string | undefined;
}

const line = (charsMax: number) => z.string().trim().min(1).max(charsMax);
const options = z.object({ by: line(120), reason: line(500).optional() });

/** Reads it; undefined where it is not written as the help says. */
export function parseAct(args: readonly string[]): KeysAct | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        urgent: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        reason: { type: 'string' },
        by: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return 'help';
    const said = options.safeParse({ by: values.by ?? systemUser(), reason: values.reason });
    if (!said.success) return undefined;
    const { urgent, json } = values;
    return { words: positionals, urgent, json, by: said.data.by, reason: said.data.reason };
  } catch {
    return undefined;
  }
}

/** Writes the act into the audit trail. */
export async function recordAct(
  database: Database,
  action: string,
  { by, reason }: KeysAct,
  facts: Readonly<Record<string, string | number>>,
): Promise<void> {
  const detail = { ...facts, by, ...(reason === undefined ? {} : { reason }) };
  await database.transaction((db) => recordAuditEvent(db, { action, userId: null, actor: 'operator', detail }));
}

/** Prints what was done, as `--json` asks. */
export function say({ json }: KeysAct, facts: Readonly<Record<string, string | number>>, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(facts)}\n` : `${text}\n`);
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'command line';
  }
}

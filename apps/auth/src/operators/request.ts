import { userInfo } from 'node:os';
import { parseArgs, types } from 'node:util';
import { z } from 'zod';
import { field, operatorRole, type OperatorRole } from '@turnpike/contracts';
import type { Who } from './appoint.ts';

/** What a person has typed. */
export type Request =
  | { readonly command: 'help' }
  | { readonly command: 'list'; readonly json: boolean }
  | ({ readonly command: 'grant'; readonly role: OperatorRole } & Change)
  | ({ readonly command: 'revoke' } & Change);

/** A change, and how its outcome is shown. */
export interface Change {
  readonly who: Who;
  readonly by: string;
  readonly reason: string | undefined;
  readonly json: boolean;
}

const OPTIONS = {
  json: { type: 'boolean', default: false },
  role: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const line = (charsMax: number) => z.string().trim().min(1).max(charsMax);
const REASON = line(500);
const BY = line(120);

/** What was asked for, or in a sentence what is wrong with it. */
export function parseRequest(args: readonly string[]): Request | string {
  const parsed = parseOptions(args);
  if (typeof parsed === 'string') return parsed;
  const { values, positionals } = parsed;
  const [command, account, ...rest] = positionals;
  if (values.help) return { command: 'help' };
  if (rest.length > 0) return `Unexpected: ${rest.join(' ')}`;
  switch (command) {
    case 'list':
      return account === undefined ? { command, json: values.json } : `Unexpected: ${account}`;
    case 'grant':
    case 'revoke': {
      const who = whoOf(account);
      const reason = REASON.optional().safeParse(values.reason);
      const by = BY.safeParse(values.by ?? systemUser());
      if (who === undefined) return 'Name the account by an e-mail address or a user id.';
      if (!reason.success) return '--reason: 1 to 500 characters.';
      if (!by.success) return '--by: 1 to 120 characters.';
      const change = { who, by: by.data, reason: reason.data, json: values.json };
      if (command === 'revoke') return values.role === undefined ? { command, ...change } : '--role: belongs to grant.';
      const role = operatorRole.safeParse(values.role);
      return role.success ? { command, role: role.data, ...change } : '--role: viewer, support or admin.';
    }
    case undefined:
      return 'Which command?';
    default:
      return `Unknown command: ${command}`;
  }
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    if (isTypingMistake(error)) return error.message;
    throw error;
  }
}

/** What `parseArgs` refuses. */
function isTypingMistake(error: unknown): error is { readonly message: string } {
  return types.isNativeError(error) && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

function whoOf(account: string | undefined): Who | undefined {
  const id = field.id.safeParse(account);
  if (id.success) return { userId: id.data };
  const email = field.email.safeParse(account);
  return email.success ? { email: email.data } : undefined;
}

/** The name of the user who runs the command; a container may run as one without a name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

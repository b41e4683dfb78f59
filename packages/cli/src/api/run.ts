import { parseArgs } from 'node:util';
import { ConnectionError, TimeoutError, Turnpike, TurnpikeError } from '@turnpike/client';
import { gatewayOf } from '../config.ts';
import { EXIT_BAD, EXIT_CODES, EXIT_TEMPORARY, EXIT_UNAVAILABLE, EXIT_USAGE } from '../exit-codes.ts';
import { API_COMMANDS, UsageError, type ApiCommand } from './commands.ts';
import { UnfinishedError } from './ledger.ts';
import { readable } from './print.ts';

const TOO_MANY = 429;
/** Statuses that say nothing of what was asked. */
const OUTAGES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** The command that the arguments name, and what follows its name. */
export function apiCommandOf(args: readonly string[]): { command: ApiCommand; rest: readonly string[] } | undefined {
  for (const words of [2, 1]) {
    const name = args.slice(0, words).join(' ');
    const command = API_COMMANDS.find((each) => each.name === name);
    if (command !== undefined) return { command, rest: args.slice(words) };
  }
  return undefined;
}

/** Runs a command on the operators' API and prints what it answers. Returns the exit code. */
export async function runApiCommand(command: ApiCommand, rest: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        reason: { type: 'string' },
        request: { type: 'string' },
      },
    });
    if (values.help) {
      process.stdout.write(`${usageOf(command)}\n`);
      return 0;
    }
    const { url, adminKey } = gatewayOf();
    const client = new Turnpike({ baseUrl: url, credentials: { adminKey } });
    const answer = await command.run(client, {
      words: positionals,
      option: (name) => (name === 'request' ? values.request : undefined),
      reason: () => {
        if (!values.reason) throw new UsageError('--reason is missing: it stands in the audit trail');
        return values.reason;
      },
    });
    process.stdout.write(
      values.json ? `${JSON.stringify(answer ?? null, undefined, 2)}\n` : readable(answer ?? 'done'),
    );
    return command.isBad?.(answer) === true ? EXIT_BAD : 0;
  } catch (error) {
    return explain(command, error);
  }
}

function usageOf({ name, takes, does }: ApiCommand): string {
  return `Usage: turnpike ${name}${takes === '' ? '' : ` ${takes}`} [--json]\n\n  ${does}\n\n${EXIT_CODES}`;
}

function explain(command: ApiCommand, error: unknown): number {
  if (error instanceof UsageError || isParseError(error)) {
    process.stderr.write(`${error.message}\n${usageOf(command)}\n`);
    return EXIT_USAGE;
  }
  return failureOf(error);
}

/** Tells of what a call failed with, and returns the exit code for it. Throws on what is no failure of a call. */
export function failureOf(error: unknown): number {
  if (error instanceof ConnectionError || error instanceof TimeoutError) {
    process.stderr.write(`The gateway does not answer: ${error.message}\n`);
    return EXIT_UNAVAILABLE;
  }
  if (error instanceof UnfinishedError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT_TEMPORARY;
  }
  if (!(error instanceof TurnpikeError)) throw error;
  const fields = error.errors.map(({ path, message }) => `  ${path}: ${message}\n`);
  process.stderr.write(`${error.message} (request ${error.requestId ?? 'unknown'})\n${fields.join('')}`);
  if (error.status === TOO_MANY) return EXIT_TEMPORARY;
  return OUTAGES.has(error.status) ? EXIT_UNAVAILABLE : EXIT_BAD;
}

/** Whether the arguments were not as `parseArgs` was told. */
export function isParseError(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}

import { fileURLToPath } from 'node:url';
import { COMMANDS } from './commands.ts';
import { callerOf } from './config.ts';
import { documentOf, documentOfRelease, operationsOf, type OpenApiDocument } from './operation/document.ts';
import { fieldsOf } from './operation/fields.ts';
import { OPTIONS } from './operation/help.ts';

/** Somebody waits with a finger on a key. */
const TIMEOUT_MS = 2_000;

/** A function `turnpike` for bash that runs this installation, and what completes its words. */
export function completionScript(): string {
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', cli].map(quoted).join(' ');
  return `turnpike() { ${command} "$@"; }
_turnpike() {
  local IFS=$'\\n'
  COMPREPLY=($(turnpike complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _turnpike turnpike
`;
}

/** Writes what may stand in the place of the last word, a line for each. Returns the exit code. */
export async function suggest(args: readonly string[]): Promise<number> {
  const words = args[0] === '--' ? args.slice(1) : args;
  const last = words.at(-1) ?? '';
  const found = (await suggestions(words.slice(0, -1))).filter((word) => word.startsWith(last));
  process.stdout.write(found.map((word) => `${word}\n`).join(''));
  return 0;
}

async function suggestions(before: readonly string[]): Promise<readonly string[]> {
  const [subject, id] = before;
  if (subject !== 'api') {
    const names = COMMANDS.map(([name]) => name.split(' '));
    const fitting = names.filter((name) => before.every((word, place) => name[place] === word));
    return [...new Set(fitting.map((name) => name[before.length] ?? ''))].filter(Boolean);
  }
  const document = await documentAtHand();
  const operations = operationsOf(document);
  if (id === undefined) return [...operations.keys(), '--list'];
  const operation = operations.get(id);
  if (operation === undefined) return [];
  const fields = fieldsOf(operation, document);
  const named = fields.find(({ name }) => before.at(-1) === `--${name}`);
  if (named !== undefined) return named.values ?? (named.types.has('boolean') ? ['true', 'false'] : []);
  const options = [...fields.map(({ name }) => name), ...Object.keys(OPTIONS)].map((name) => `--${name}`);
  return options.filter((option) => !before.includes(option));
}

/** The gateway's document where it answers soon, else that of this release. */
async function documentAtHand(): Promise<OpenApiDocument> {
  try {
    return await documentOf(callerOf().url, { timeoutMs: TIMEOUT_MS, retriesMax: 0 });
  } catch {
    return documentOfRelease();
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

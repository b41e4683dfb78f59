import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandEnvironment, commandOf, NoStackError } from './config.ts';

const USAGE = `Usage: npx -y pnpm@12 turnpike <subject> …

  operators    people who operate this installation: list, grant, revoke
  usage        request records: copy from one store to another

Each subject tells more with --help. Commands work on the stack that runs with this DATA_DIR, or on the PostgreSQL server that
DATABASE_URL names.
`;

/** Exit codes of sysexits.h. */
const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;

/** The app whose command answers for a subject: a service alone works on its database. */
const APP_OF: ReadonlyMap<string, string> = new Map([
  ['operators', 'auth'],
  ['usage', 'usage'],
]);

async function main([subject = '', ...args]: readonly string[]): Promise<number> {
  if (subject === '--help' || subject === '-h') {
    process.stdout.write(USAGE);
    return 0;
  }
  const app = APP_OF.get(subject);
  if (app === undefined) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const asksForHelp = args.includes('--help') || args.includes('-h');
  return run(app, [subject, ...args], asksForHelp ? process.env : commandEnvironment());
}

/** Runs an app's command on this terminal, and resolves with its exit code. */
async function run(app: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const flags = ['--disable-warning=ExperimentalWarning', commandOf(app), ...args];
  const child = spawn(process.execPath, flags, { env, stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof NoStackError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT_UNAVAILABLE;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { API_COMMANDS } from './api/commands.ts';
import { apiCommandOf, runApiCommand } from './api/run.ts';
import { commandEnvironment, commandOf, doctorEnvironment, NoStackError } from './config.ts';
import { runDoctor } from './doctor/doctor.ts';
import { EXIT_UNAVAILABLE, EXIT_USAGE } from './exit-codes.ts';
import { runRoutesDiff } from './routes-diff.ts';
import { runTail } from './tail.ts';

const width = Math.max(...API_COMMANDS.map(({ name }) => name.length));

const USAGE = `Usage: npx -y pnpm@12 turnpike <command> …

  ${'doctor'.padEnd(width)}  whether this installation is set up as it should be; exit code 0, 1 for warnings, 2 for problems
  ${'operators'.padEnd(width)}  people who operate this installation: list, grant, revoke
  ${'usage'.padEnd(width)}  request records: copy from one store to another
  ${'routes check'.padEnd(width)}  what is wrong with a routes file, by line
  ${'routes diff'.padEnd(width)}  what a routes file would change
  ${'tail'.padEnd(width)}  requests as they come
  ${'secrets rotate'.padEnd(width)}  a new signing key in the place of the present one
  ${'secrets revoke'.padEnd(width)}  ends a signing key that leaked
  ${'secrets reseal'.padEnd(width)}  seals what is stored with the first of the encryption keys
${API_COMMANDS.map(({ name, does }) => `  ${name.padEnd(width)}  ${does}`).join('\n')}

Each tells more with --help, and answers JSON with --json. Commands work on the stack that runs with this DATA_DIR; elsewhere name the gateway
in TURNPIKE_URL and one of its keys in ADMIN_API_KEY, for operators and the doctor the PostgreSQL server in DATABASE_URL, and Redis in REDIS_URL.

Exit codes: 0 done, nothing is wrong; 1 something is wrong, or refused; 64 wrong usage; 65 a file with faults; 69 no stack or gateway, or what it
needs is down; 75 not now; 78 wrong settings (docs/command-line.md).
`;

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
  if (subject === 'doctor') return runDoctor(args);
  if (subject === 'routes' && args[0] === 'check') return run('edge-proxy', [subject, ...args], process.env);
  if (subject === 'routes' && args[0] === 'diff') return runRoutesDiff(args.slice(1));
  if (subject === 'tail') return runTail(args, untilStopped());
  if (subject === 'secrets' && ['rotate', 'revoke', 'reseal'].includes(args[0] ?? '')) return runSecrets(args);
  const api = apiCommandOf([subject, ...args]);
  if (api !== undefined) return await runApiCommand(api.command, api.rest);
  const app = APP_OF.get(subject);
  if (app === undefined) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const asksForHelp = args.includes('--help') || args.includes('-h');
  return run(app, [subject, ...args], asksForHelp ? process.env : commandEnvironment());
}

/** Aborted by Ctrl-C. */
function untilStopped(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  return stopping.signal;
}

/** Auth alone works on its keys; here each act needs a reason. Its settings are those of the stack on this machine, or the environment's. */
function runSecrets(args: readonly string[]): Promise<number> | number {
  const asksForHelp = args.includes('--help') || args.includes('-h');
  if (!asksForHelp && !args.some((word) => word === '--reason' || word.startsWith('--reason='))) {
    process.stderr.write('--reason is missing: it stands in the audit trail\n');
    return EXIT_USAGE;
  }
  return run('auth', ['keys', ...args], asksForHelp ? process.env : doctorEnvironment(commandEnvironment()));
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

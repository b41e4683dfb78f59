import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { apiCommandOf, runApiCommand } from './api/run.ts';
import { COMMANDS } from './commands.ts';
import { completionScript, suggest } from './completion.ts';
import { commandEnvironment, commandOf, doctorEnvironment, NoStackError } from './config.ts';
import { runDoctor } from './doctor/doctor.ts';
import { EXIT_UNAVAILABLE, EXIT_USAGE } from './exit-codes.ts';
import { runApi } from './operation/run.ts';
import { runRoutesDiff } from './routes-diff.ts';
import { runTail } from './tail.ts';

const width = Math.max(...COMMANDS.map(([name]) => name.length));

const USAGE = `Usage: npx -y pnpm@12 turnpike <command> …

${COMMANDS.map(([name, does]) => `  ${name.padEnd(width)}  ${does}`).join('\n')}

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
  if (subject === 'api') return runApi(args);
  if (subject === 'completion') return runCompletion(args);
  if (subject === 'complete') return await suggest(args);
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

function runCompletion([shell, ...others]: readonly string[]): number {
  if (shell === 'bash' && others.length === 0) process.stdout.write(completionScript());
  else process.stderr.write('Usage: turnpike completion bash\n');
  return shell === 'bash' && others.length === 0 ? 0 : EXIT_USAGE;
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

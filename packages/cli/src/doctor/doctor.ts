import { parseArgs } from 'node:util';
import { doctorEnvironment } from '../config.ts';
import { EXIT_BAD, EXIT_USAGE } from '../exit-codes.ts';
import { backendsCheck, routesFileCheck } from './backends.ts';
import { clocksCheck } from './clocks.ts';
import { reasonOf, problem, type Check, type Environment, type Finding } from './finding.ts';
import { edgeCheck, ledgerCheck, overviewCheck, routesCheck } from './gateway.ts';
import { keysCheck } from './keys.ts';
import { filesCheck, secretsCheck } from './secrets.ts';
import { migrationsCheck, postgresCheck, redisCheck } from './stores.ts';

const USAGE = `Usage: turnpike doctor [--json]

  Looks at secrets, files, PostgreSQL, migrations, Redis, clocks, the edge, services, the routes file and what each edge has loaded, backends,
  signing keys and the ledger; changes nothing. Each finding says what to do. Services whose clocks are compared are named in AUTH_URL,
  USERS_URL, CREDITS_URL, USAGE_URL and LLM_URL; backends besides those of the edges, by ROUTES_FILE and the variables that it names.

Exit codes: 0 nothing found; 1 warnings; 2 problems; 64 wrong usage.
`;

const CHECKS: readonly Check[] = [
  secretsCheck,
  filesCheck,
  postgresCheck,
  migrationsCheck,
  redisCheck,
  clocksCheck,
  edgeCheck,
  overviewCheck,
  routesFileCheck,
  routesCheck,
  backendsCheck,
  keysCheck,
  ledgerCheck,
];

const EXIT_PROBLEMS = 2;

interface Checked {
  readonly check: string;
  readonly findings: readonly Finding[];
}

/** Looks at the installation and prints what is wrong with it, with what to do. Returns the exit code. */
export async function runDoctor(args: readonly string[]): Promise<number> {
  const asked = askedFor(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (asked.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const environment = doctorEnvironment();
  const checked = await Promise.all(CHECKS.map((check) => look(check, environment)));
  process.stdout.write(asked.json ? `${JSON.stringify(checked, undefined, 2)}\n` : checked.map(lines).join(''));
  const severities = checked.flatMap(({ findings }) => findings.map(({ severity }) => severity));
  return severities.includes('problem') ? EXIT_PROBLEMS : severities.includes('warning') ? EXIT_BAD : 0;
}

/** What was asked for, or in a sentence what is wrong with it. */
function askedFor(args: readonly string[]): { readonly json: boolean; readonly help: boolean } | string {
  try {
    const options = {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    return reasonOf(error);
  }
}

async function look({ name, run }: Check, environment: Environment): Promise<Checked> {
  try {
    return { check: name, findings: await run(environment) };
  } catch (error) {
    return { check: name, findings: [problem(`The check failed: ${reasonOf(error)}.`, 'Report this.')] };
  }
}

function lines({ check, findings }: Checked): string {
  if (findings.length === 0) return `ok       ${check}\n`;
  return findings
    .map(({ severity, what, fix }) => `${severity.padEnd(8)} ${check}: ${what}\n         → ${fix}\n`)
    .join('');
}

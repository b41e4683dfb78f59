import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PAGE_PATHS } from './documents/page-paths.ts';
import { compilePattern } from './domain/path-pattern.ts';
import { shownRoute } from './operating/shown-route.ts';
import { checkRoutesFile } from './routing/check-routes-file.ts';
import { routesOf } from './routing/compile-routes-file.ts';
import { digestOf } from './routing/digest.ts';
import { firstPartyRoutes } from './routing/first-party.ts';
import { readRoutesFile, RoutesFileError } from './routing/read-routes-file.ts';

const USAGE = `Usage: npx -y pnpm@12 routes check [--with-environment] FILE
       npx -y pnpm@12 routes show FILE
       docker compose run --rm edge-proxy src/cli.ts routes check --with-environment FILE

Says what is wrong with a routes file, by line and route.
With --with-environment the variables that the file names are judged as well, as the edge does when it starts.
show prints the routes as operators see them, and the variables that name the upstreams' addresses, as JSON.

Exit codes: 0 the edge takes the file; 1 it has faults, or cannot be read; 64 wrong usage.
`;

/** Exit codes of sysexits.h. */
const EXIT_USAGE = 64;

const own = ['/health', '/health/ready', ...PAGE_PATHS].map((at) => ({
  id: 'of the edge itself',
  pattern: compilePattern(at),
  methods: new Set(['GET']),
}));

function main([subject, command, ...args]: readonly string[], environment: NodeJS.ProcessEnv): number {
  const withEnvironment = args[0] === '--with-environment';
  const [fileName, ...rest] = withEnvironment ? args.slice(1) : args;
  const known = command === 'check' || (command === 'show' && !withEnvironment);
  if (args.includes('--help') || args.includes('-h') || command === '--help' || command === '-h') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (subject !== 'routes' || !known || fileName === undefined || rest.length > 0) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  // Where the package manager runs a script, people still name files from where they are.
  const text = () => readFileSync(path.resolve(environment['INIT_CWD'] ?? '.', fileName), 'utf8');
  return check(fileName, text, { environment: withEnvironment ? environment : undefined, show: command === 'show' });
}

interface Asked {
  readonly environment: NodeJS.ProcessEnv | undefined;
  readonly show: boolean;
}

function check(fileName: string, read: () => string, { environment, show }: Asked): number {
  try {
    const text = read();
    const file = readRoutesFile(text, fileName, (parts) =>
      checkRoutesFile(parts, {
        environment,
        production: environment?.['NODE_ENV'] === 'production',
        taken: [...own, ...firstPartyRoutes(true)],
      }),
    );
    if (show) {
      const items = routesOf(file).map((route) => shownRoute(route, true));
      const upstreams = Object.entries(file.upstreams).map(([name, { url }]) => ({ name, url_variable: url }));
      process.stdout.write(`${JSON.stringify({ digest: digestOf(text), items, upstreams })}\n`);
      return 0;
    }
    const variables = [...new Set(Object.values(file.upstreams).flatMap(variablesOf))];
    process.stdout.write(
      `${fileName}: ok, ${file.routes.length} routes to ${Object.keys(file.upstreams).join(', ')}\n`,
    );
    if (environment === undefined) process.stdout.write(`Variables it names: ${variables.join(', ')}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof RoutesFileError) && !isSystemError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function variablesOf({ url, serviceKey, signingSecret }: Record<'url' | 'serviceKey' | 'signingSecret', string>) {
  return [url, serviceKey, signingSecret];
}

/** A file that is not there or cannot be read; the message names it. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

process.exitCode = main(process.argv.slice(2), process.env);

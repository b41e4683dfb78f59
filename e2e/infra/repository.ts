import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

/** The root of the repository. */
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The text of a file, named from the root of the repository. */
export function readText(file: string): string {
  return readFileSync(path.join(repositoryRoot, file), 'utf8');
}

/** A YAML file as data. Its shape is the caller's to know. */
export function readYaml(file: string): unknown {
  return parse(readText(file), { merge: true });
}

/** Every document of a YAML file. Throws on the first fault. */
export function readYamlDocuments(file: string): unknown[] {
  return parseAllDocuments(readText(file)).map((document) => {
    const [fault] = document.errors;
    if (fault) throw fault;
    return document.toJS() as unknown;
  });
}

/** The folders under `apps/`. */
export const apps: readonly string[] = readdirSync(path.join(repositoryRoot, 'apps'));

/** A process of ours that keeps running. */
export interface OwnProcess {
  name: string;
  app: string;
  /** What Node runs in the app's folder. */
  entry: 'src/main.ts' | 'src/worker.ts';
}

/** The service of each app, and the worker of each app that has one. */
export const processes: readonly OwnProcess[] = apps.flatMap((app): OwnProcess[] => [
  { name: app, app, entry: 'src/main.ts' },
  ...(existsSync(path.join(repositoryRoot, 'apps', app, 'src/worker.ts'))
    ? [{ name: `${app}-worker`, app, entry: 'src/worker.ts' as const }]
    : []),
]);

/** What the root's package.json pins. */
export const pins = JSON.parse(readText('package.json')) as {
  version: string;
  packageManager: string;
  devDependencies: Readonly<Record<string, string>>;
};

/** Settings by line `NAME=value`; comments are dropped. */
export function readSettings(file: string): Map<string, string> {
  const lines = readText(file).split('\n');
  return new Map(lines.flatMap((line) => (/^[A-Z]/.test(line) ? [splitSetting(line)] : [])));
}

/** `NAME=value` in two. Single quotes around the value are not a part of it. */
export function splitSetting(line: string): [string, string] {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1).replace(/^'(.*)'$/, '$1')];
}

/** Names that stand as a member of a settings schema (`AUTH_PORT: …`), or as the name of a further variable (`'FLASH_SERVICE_KEY'`). */
const settingPattern = /^ +([A-Z][A-Z0-9_]+): |'([A-Z]+_SERVICE_KEY)'/gm;

/** Variables of Node itself and of its memory allocator. */
export const readByNode: ReadonlySet<string> = new Set(['NODE_OPTIONS']);

/** The variables that an app reads, as the sources of its settings name them. */
export function settingsOf(app: string): Set<string> {
  const folder = `apps/${app}/src`;
  const files = readdirSync(path.join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(^|\/)(config|[a-z-]*settings)\.ts$/.test(file),
  );
  const own = files.map((file) => readText(`${folder}/${file}`)).join('\n');
  // Groups of the kit's that the app spreads into its own.
  const groups = readText('packages/service-kit/src/process/settings.ts').split(/^export const /m);
  const shared = groups.filter((group) => own.includes(`...${/^\w+/.exec(group)?.[0] ?? ''}`)).flatMap(namesIn);
  return new Set([...namesIn(own), ...shared, ...(app === 'edge-proxy' ? routesFileVariables() : [])]);
}

function namesIn(source: string): string[] {
  return [...source.matchAll(settingPattern)].flatMap(([, member, quoted]) => member ?? quoted ?? []);
}

/** The addresses and keys of upstreams are variables that the routes file names. */
function routesFileVariables(): string[] {
  const { upstreams } = readYaml('apps/edge-proxy/routes.yaml') as {
    upstreams: Record<string, { url: string; serviceKey: string }>;
  };
  return Object.values(upstreams).flatMap(({ url, serviceKey }) => [url, serviceKey]);
}

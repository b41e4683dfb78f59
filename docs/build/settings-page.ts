import { stackSettings } from '@turnpike/local-stack';
import { databaseOf, migratedApps } from '@turnpike/migrate';
import { composeSettings } from './compose-settings.ts';
import { code, page, table } from './markdown.ts';
import { serviceSettings, type Setting } from './settings.ts';

const COLUMNS = ['Setting', 'Meaning', 'Unit', 'Takes', 'Default', 'Secret'];

const ROUTES_FILE =
  'The [routes file](routes-file.md) names further variables: the address, the service key and the signing secret of each upstream.';

/** `docs/reference/settings.md`. */
export function settingsPage(): string {
  const all = [...serviceSettings].flatMap(([service, settings]) => settings.map((setting) => ({ service, setting })));
  const declared = Map.groupBy(all, ({ setting }) => JSON.stringify(setting));
  const entries = [...declared.values()].flatMap((uses) => {
    const [first] = uses;
    return first === undefined ? [] : [{ setting: first.setting, services: uses.map(({ service }) => service) }];
  });
  const isShared = ({ services }: Entry): boolean => new Set(services.map(appOf)).size > 1;
  const ofApp = (app: string): Entry[] => entries.filter((entry) => !isShared(entry) && entry.services.includes(app));
  return page(
    'Settings',
    'Every variable that a process reads from its environment. An empty one counts as absent. A value that cannot be used stops the process with exit code 78 and a message that names the variable and not the value. `NODE_ENV=production` also refuses secrets that are missing, shorter than 32 bytes, or look like a placeholder. Who is given which secret stands in [infra/README.md](../../infra/README.md#secrets).',
    '## Shared by several services',
    table(
      [...COLUMNS, 'Services'],
      entries.filter(isShared).map(({ setting, services }) => [...rowOf(setting), services.join(', ')]),
    ),
    ...[...new Set([...serviceSettings.keys()].map(appOf))].flatMap((app) => [
      `## ${app}`,
      ...(app === 'edge-proxy' ? [ROUTES_FILE] : []),
      ...introduction(app, ofApp(app)),
      table(
        COLUMNS,
        ofApp(app).map(({ setting }) => rowOf(setting)),
      ),
    ]),
    '## Migrations',
    table(
      ['Setting', 'Meaning', 'Default', 'Secret'],
      [
        ['`DATABASE_URL`', 'The PostgreSQL server, with the login that migrates.', 'required', 'yes'],
        ['`DATABASE_NAME`', 'The database, where exactly one app is migrated.', 'its own', ''],
        ...migratedApps.map((app) => [
          code(databaseOf(app).urlVariable),
          `How ${app} will connect: its login is made, with this password.`,
          'no login is made',
          'yes',
        ]),
      ],
    ),
    '## The local stack',
    '`npx -y pnpm@12 start` reads these and hands all else on to the services.',
    table(
      ['Setting', 'Meaning', 'Default'],
      Object.entries(stackSettings).map(([name, { meaning, fallback }]) => [
        code(name),
        meaning,
        code(fallback?.toString()),
      ]),
    ),
    '## docker compose',
    'Settings of `docker-compose.yml` itself, from `.env`. `.env.example` lists them with those of the services that most deployments touch.',
    table(
      ['Setting', 'Meaning'],
      Object.entries(composeSettings).map(([name, meaning]) => [code(name), meaning]),
    ),
  );
}

/** A setting, and the processes that read it. */
interface Entry {
  readonly setting: Setting;
  readonly services: readonly string[];
}

/** A worker is a second process of its app. */
function appOf(service: string): string {
  return service.replace(/-worker$/, '');
}

function introduction(app: string, entries: readonly Entry[]): string[] {
  const worker = `${app}-worker`;
  if (!serviceSettings.has(worker)) return [];
  const without = entries.filter(({ services }) => !services.includes(worker)).map(({ setting }) => code(setting.name));
  return [`\`${worker}\` reads them as well${without.length === 0 ? '' : `, but for ${without.join(', ')}`}.`];
}

function rowOf({ name, meaning, unit, takes, required, fallback, secret }: Setting): string[] {
  const without = required ? (secret === 'required' ? 'required in production' : 'required') : fallback;
  return [code(name), meaning, unit, takes, without, secret === undefined ? '' : 'yes'];
}

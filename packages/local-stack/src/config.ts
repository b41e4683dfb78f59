import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from './stack-error.ts';

/** The root of the repository, where `.data` lies unless DATA_DIR says otherwise. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Where a copy of Redis is kept that is fetched for this clone. */
export const ownRedisFolder = path.join(repositoryRoot, 'node_modules', '.cache', 'turnpike-redis');

/** Where a copy of PostgreSQL with its client programs is kept, which tests of backups need. */
export const ownPostgresFolder = path.join(repositoryRoot, 'node_modules', '.cache', 'turnpike-postgres');

/** Where a copy of nginx is kept, which tests of pages put in front of a stack. */
export const ownNginxFolder = path.join(repositoryRoot, 'node_modules', '.cache', 'turnpike-nginx');

/** Ports that people know by heart, and the variable that changes each. 0 picks a free one. */
const portSettings = {
  EDGE_PORT: { meaning: 'Port of the edge; 0 picks a free one.', fallback: 8080 },
  AUTH_PORT: { meaning: 'Port of auth.', fallback: 8081 },
  USERS_PORT: { meaning: 'Port of users.', fallback: 8082 },
  CREDITS_PORT: { meaning: 'Port of credits.', fallback: 8083 },
  USAGE_PORT: { meaning: 'Port of usage.', fallback: 8085 },
  LLM_PORT: { meaning: 'Port of the LLM gateway.', fallback: 8084 },
  CONSOLE_PORT: { meaning: 'Port of the console.', fallback: 8088 },
  DOWNSTREAM_PORT: { meaning: 'Port of the example backend.', fallback: 8090 },
  MAIL_UI_PORT: { meaning: 'Port of the mail inbox.', fallback: 8025 },
} as const;

/** Settings of the local stack itself; those of the services are handed on to them. `fallback` is what is used without it. */
export const stackSettings = {
  DATA_DIR: { meaning: 'Folder for databases, logs and secrets, from the root of the repository.', fallback: '.data' },
  DATABASE_URL: {
    meaning: 'A PostgreSQL server to use instead of an own one; it must allow creating databases and roles.',
    fallback: undefined,
  },
  REDIS_URL: { meaning: 'A Redis server to use instead of an own one.', fallback: undefined },
  INSTALL_REDIS: {
    meaning: '`true`: Redis may be installed into the system where there is none and no copy can be fetched.',
    fallback: 'false',
  },
  CONSOLE: { meaning: '`off`: the console is neither built nor started.', fallback: 'on' },
  SMTP_URL: { meaning: 'A mail server to use; without it mail lands in the inbox.', fallback: undefined },
  ...portSettings,
} as const;

/** A variable that holds a port of the stack. */
export type PortVariable = keyof typeof portSettings;

/** Every port variable at 0: for stacks and services beside each other, as in tests. */
export const FREE_PORTS: Readonly<Record<string, '0'>> = Object.fromEntries(
  Object.keys(portSettings).map((name) => [name, '0'] as const),
);

/** What the person starting the stack may decide. Everything else follows from it. */
export interface StackConfig {
  /** Folder for databases, logs and secrets. Default `.data` in the repository. */
  readonly dataDir: string;
  /** A PostgreSQL server to use instead of an own one; it must allow creating databases and roles. */
  readonly databaseUrl: string | undefined;
  /** A Redis server to use instead of an own one. */
  readonly redisUrl: string | undefined;
  /** Whether Redis may be installed into the system where there is none and no copy can be fetched. */
  readonly installRedis: boolean;
  /** Whether the console is built and started. */
  readonly console: boolean;
  /** A mail server to use; without it mail lands in the inbox. */
  readonly smtpUrl: string | undefined;
  readonly ports: Readonly<Record<PortVariable, number>>;
  /** Handed on to the services, so that all of their settings can be set from outside. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Reads the configuration; throws a `StackError` that names the variable at fault. */
export function readStackConfig(environment: NodeJS.ProcessEnv): StackConfig {
  const ports = Object.fromEntries(
    Object.entries(portSettings).map(([name, { fallback }]) => [name, readPort(name, environment[name], fallback)]),
  ) as Record<PortVariable, number>;
  refuseSharedPorts(ports);
  return Object.freeze({
    dataDir: path.resolve(repositoryRoot, environment['DATA_DIR'] || stackSettings.DATA_DIR.fallback),
    databaseUrl: readUrl(
      'DATABASE_URL',
      environment['DATABASE_URL'],
      /^postgres(ql)?:$/,
      'postgresql://user:password@host:5432',
    ),
    redisUrl: readUrl('REDIS_URL', environment['REDIS_URL'], /^rediss?:$/, 'redis://host:6379'),
    installRedis: environment['INSTALL_REDIS'] === 'true',
    console: environment['CONSOLE'] !== 'off',
    smtpUrl: readUrl('SMTP_URL', environment['SMTP_URL'], /^smtps?:$/, 'smtp://host:587'),
    ports: Object.freeze(ports),
    environment,
  });
}

function readPort(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new StackError(`${name} must be a port number from 0 to 65535; it is "${text}".`);
  return port;
}

function refuseSharedPorts(ports: Readonly<Record<string, number>>): void {
  const owners = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    const other = owners.get(port);
    if (port !== 0 && other !== undefined)
      throw new StackError(`${other} and ${name} are both ${port}: give one of them another port.`);
    owners.set(port, name);
  }
}

function readUrl(name: string, text: string | undefined, protocol: RegExp, example: string): string | undefined {
  if (text === undefined || text === '') return undefined;
  // The value may hold a password, so it is not repeated.
  if (!URL.canParse(text) || !protocol.test(new URL(text).protocol))
    throw new StackError(`${name} must be a URL like ${example}.`);
  return text;
}

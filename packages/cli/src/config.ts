import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The root of the repository, or of the image. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What the running stack says of itself in `DATA_DIR/stack.json`. */
const stackInfo = z.object({
  database_url: z.string().min(1),
  redis_url: z.string().min(1).optional(),
  edge_url: z.string().min(1).optional(),
  admin_api_key: z.string().min(1).optional(),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** There is no server to work on; the message says what to do. */
export class NoStackError extends Error {
  override readonly name = 'NoStackError';
}

/**
 * The environment of a service's command. `DATABASE_URL` names the PostgreSQL server; without it, it is that of the stack which runs with
 * this `DATA_DIR`. Throws `NoStackError`.
 */
export function commandEnvironment(environment: Environment = process.env): Environment {
  if (environment['DATABASE_URL']) return environment;
  return { ...environment, DATABASE_URL: readStack(stackFile(environment)).database_url };
}

/** Where the gateway answers, and with which key its operators come. */
export interface Gateway {
  readonly url: string;
  readonly adminKey: string;
}

/**
 * The gateway: `TURNPIKE_URL` with the first key of `ADMIN_API_KEY`, otherwise the one of the stack which runs with this `DATA_DIR`. Throws
 * `NoStackError`.
 */
export function gatewayOf(environment: Environment = process.env): Gateway {
  const url = environment['TURNPIKE_URL'];
  const key = firstOf(environment['ADMIN_API_KEY']);
  if (url && key) return { url, adminKey: key };
  // A key of the stack on this machine is no other gateway's.
  if (url) throw new NoStackError(NO_GATEWAY);
  const { edge_url: edgeUrl, admin_api_key: adminKey } = readStack(stackFile(environment));
  if (edgeUrl === undefined || adminKey === undefined) throw new NoStackError(NO_GATEWAY);
  return { url: edgeUrl, adminKey: key ?? adminKey };
}

/** What a caller of the gateway has to show for itself. */
export interface Caller {
  readonly url: string;
  readonly adminKey: string | undefined;
  /** Of a session, from `TURNPIKE_ACCESS_TOKEN`. */
  readonly accessToken: string | undefined;
  /** From `TURNPIKE_API_KEY`. */
  readonly apiKey: string | undefined;
}

/** The gateway as `gatewayOf` finds it, for those too who have no key of its operators. Throws `NoStackError`. */
export function callerOf(environment: Environment = process.env): Caller {
  const url = environment['TURNPIKE_URL'];
  const own = {
    accessToken: environment['TURNPIKE_ACCESS_TOKEN'] || undefined,
    apiKey: environment['TURNPIKE_API_KEY'] || undefined,
  };
  if (url) return { ...own, url, adminKey: firstOf(environment['ADMIN_API_KEY']) };
  const { url: edgeUrl, adminKey } = gatewayOf(environment);
  return { ...own, url: edgeUrl, adminKey };
}

const NO_GATEWAY = 'Name the gateway in TURNPIKE_URL and one of its keys in ADMIN_API_KEY.';

/** What the doctor looks at: the environment, with what the running stack on this machine says where it says nothing. */
export function doctorEnvironment(environment: Environment = process.env): Environment {
  try {
    const folder = path.dirname(stackFile(environment));
    const stack = readStack(stackFile(environment));
    const made = z
      .record(z.string(), z.string())
      .parse(JSON.parse(readFileSync(path.join(folder, 'secrets.json'), 'utf8')));
    return {
      ...made,
      DATABASE_URL: stack.database_url,
      REDIS_URL: stack.redis_url,
      TURNPIKE_URL: stack.edge_url,
      ...withoutEmpty(environment),
    };
  } catch {
    return environment;
  }
}

function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
}

function stackFile(environment: Environment): string {
  return path.resolve(root, environment['DATA_DIR'] || '.data', 'stack.json');
}

/** The first of a list that is separated by commas. */
export function firstOf(list: string | undefined): string | undefined {
  return list?.split(',')[0]?.trim() || undefined;
}

function readStack(file: string): z.output<typeof stackInfo> {
  try {
    return stackInfo.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new NoStackError(
      `No stack is running (${file}). Start it with npx -y pnpm@12 start, or name the PostgreSQL server in DATABASE_URL.`,
      { cause },
    );
  }
}

/** The file of an app's own command. */
export function commandOf(app: string): string {
  return path.join(root, 'apps', app, 'src', 'cli.ts');
}

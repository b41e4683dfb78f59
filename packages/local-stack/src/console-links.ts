import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { repositoryRoot } from './config.ts';
import type { StackInfo } from './stack-info.ts';

/** The operator of the local stack. */
const OPERATOR = { email: 'operator@turnpike.localhost', display_name: 'Local operator' };
/** A machine that has just started everything may take long for a first answer, in milliseconds. */
const TIMEOUT_MS = 60_000;

const tokens = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });
type Tokens = z.output<typeof tokens>;

/** A link that signs in to the console, once; or why there is none. */
export type ConsoleLink = { readonly url: string } | { readonly missing: string };

/** Links to look around with. */
export interface ConsoleLinks {
  readonly demo: ConsoleLink;
  readonly operator: ConsoleLink;
}

/**
 * Makes them; `undefined` where no console runs. One that cannot be made says why, such as somebody else's settings: it is there to try things, and nothing
 * depends on it.
 */
export async function consoleLinks(info: StackInfo, dataDir: string): Promise<ConsoleLinks | undefined> {
  const { console_url: consoleUrl } = info;
  if (consoleUrl === undefined) return undefined;
  const secrets = z
    .record(z.string(), z.string())
    .parse(JSON.parse(await readFile(path.join(dataDir, 'secrets.json'), 'utf8')));
  const key = (process.env['CONSOLE_KEY'] || secrets['CONSOLE_KEY'] || '').split(',')[0] ?? '';
  const link = async (signIn: () => Promise<Tokens>, to: string): Promise<ConsoleLink> => {
    try {
      const made = await post(`${consoleUrl}/session/tickets`, { 'x-console-key': key }, await signIn());
      const { ticket } = z.object({ ticket: z.string() }).parse(made);
      return { url: `${consoleUrl}/sign-in${to}#ticket=${ticket}` };
    } catch (error) {
      return { missing: reasonOf(error) };
    }
  };
  const [demo, operator] = await Promise.all([
    link(() => demoSignIn(info), ''),
    link(() => operatorSignIn(info), '?next=/operate'),
  ]);
  return { demo, operator };
}

/** In words for a terminal. */
function reasonOf(error: unknown): string {
  const { name, message = '' } = error as Partial<Error>;
  if (name === 'TimeoutError') return `there was no answer within ${TIMEOUT_MS / 1_000} s`;
  // What fetch throws where nothing listens.
  if (name === 'TypeError') return 'there was no answer';
  return message.split('\n')[0] ?? '';
}

async function demoSignIn({ edge_url: edgeUrl }: StackInfo): Promise<Tokens> {
  return tokens.parse(await post(`${edgeUrl}/api/v1/auth/demo`, {}));
}

/** Signs the operator in, whom the command of the operators made one. */
async function operatorSignIn({
  edge_url: edgeUrl,
  admin_api_key: adminKey,
  database_url: databaseUrl,
}: StackInfo): Promise<Tokens> {
  const signedIn = tokens.parse(await post(`${edgeUrl}/api/v1/auth/dev/token`, { 'x-admin-key': adminKey }, OPERATOR));
  const response = await fetch(`${edgeUrl}/platform/api/global/auth/me`, {
    headers: { authorization: `Bearer ${signedIn.access_token}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { id, operator_role: role } = z
    .object({ id: z.string(), operator_role: z.string().nullable() })
    .parse(await response.json());
  if (role === null) await grant(id, databaseUrl);
  return signedIn;
}

async function grant(userId: string, databaseUrl: string): Promise<void> {
  const command = path.join(repositoryRoot, 'apps/auth/src/cli.ts');
  const args = [
    'operators',
    'grant',
    userId,
    '--role',
    'admin',
    '--reason',
    'the local stack',
    '--by',
    'the start command',
  ];
  await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', command, ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
    timeout: TIMEOUT_MS,
  });
}

async function post(url: string, headers: Record<string, string>, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return await response.json();
}

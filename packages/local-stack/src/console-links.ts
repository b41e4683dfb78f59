import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { repositoryRoot } from './config.ts';
import type { StackInfo } from './stack-info.ts';

/** The operator of the local stack. */
const OPERATOR = { email: 'operator@turnpike.localhost', display_name: 'Local operator' };
const TIMEOUT_MS = 10_000;

const tokens = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });
type Tokens = z.output<typeof tokens>;

/** Links that sign in to the console, each once. */
export interface ConsoleLinks {
  readonly demo: string | undefined;
  readonly operator: string | undefined;
}

/** Makes them. One that somebody else's settings do not allow is `undefined`: it is there to try things, and nothing depends on it. */
export async function consoleLinks(info: StackInfo, dataDir: string): Promise<ConsoleLinks> {
  const { console_url: consoleUrl } = info;
  if (consoleUrl === undefined) return { demo: undefined, operator: undefined };
  const secrets = z
    .record(z.string(), z.string())
    .parse(JSON.parse(await readFile(path.join(dataDir, 'secrets.json'), 'utf8')));
  const key = (process.env['CONSOLE_KEY'] || secrets['CONSOLE_KEY'] || '').split(',')[0] ?? '';
  const link = async (signIn: () => Promise<Tokens>, to: string): Promise<string | undefined> => {
    try {
      const made = await post(`${consoleUrl}/session/tickets`, { 'x-console-key': key }, await signIn());
      const { ticket } = z.object({ ticket: z.string() }).parse(made);
      return `${consoleUrl}/sign-in${to}#ticket=${ticket}`;
    } catch {
      return undefined;
    }
  };
  const [demo, operator] = await Promise.all([
    link(() => demoSignIn(info), ''),
    link(() => operatorSignIn(info), '?next=/operate'),
  ]);
  return { demo, operator };
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

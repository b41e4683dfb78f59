import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StackInfo } from './stack-info.ts';

/** A developer's account of the local stack; its key calls language models with the credits of a new account. */
const DEVELOPER = { email: 'developer@turnpike.localhost', display_name: 'Developer' };
const TIMEOUT_MS = 30_000;

/**
 * An API key that calls language models, kept in the data folder from one start to the next. `undefined` where none can be made, since somebody
 * else's settings do not allow it: it is there to try things, and nothing depends on it.
 */
export async function modelKey(
  { edge_url: edgeUrl, admin_api_key: adminKey }: StackInfo,
  dataDir: string,
): Promise<string | undefined> {
  const file = path.join(dataDir, 'model-key');
  try {
    const kept = await readFile(file, 'utf8').catch(() => '');
    if (kept !== '' && (await works(edgeUrl, kept))) return kept;
    const key = await newKey(edgeUrl, adminKey);
    await writeFile(file, key, { mode: 0o600 });
    return key;
  } catch {
    return undefined;
  }
}

async function works(edgeUrl: string, key: string): Promise<boolean> {
  const response = await fetch(`${edgeUrl}/trueportai-services/openai/v1/models`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  return response.ok;
}

async function newKey(edgeUrl: string, adminKey: string): Promise<string> {
  const ask = async (pathname: string, headers: Record<string, string>, body?: object): Promise<unknown> => {
    const response = await fetch(edgeUrl + pathname, {
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${pathname} answered ${response.status}`);
    return await response.json();
  };
  const { access_token: token } = (await ask('/api/v1/auth/dev/token', { 'x-admin-key': adminKey }, DEVELOPER)) as {
    access_token: string;
  };
  const bearer = { authorization: `Bearer ${token}` };
  const me = (await ask('/auth/users/me', bearer)) as { data: { projects: { id: string }[] } };
  const made = (await ask(
    '/auth/api-keys/',
    { ...bearer, 'x-project-id': me.data.projects[0]?.id ?? '' },
    { name: 'Language models', scopes: ['llm:invoke'] },
  )) as { data: { full_key: string } };
  return made.data.full_key;
}

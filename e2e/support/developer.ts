import { waitFor } from '@turnpike/test-kit';
import type { Answer, Client } from './client.ts';

/** A developer who signed in with a mailed code. */
export interface Developer {
  userId: string;
  /** Calls with the session's access token. */
  session: Client;
  /** The same, in the default project. */
  inProject: Client;
}

/** The envelope's `data`. */
export function dataOf({ status, body }: Answer): Record<string, unknown> {
  if (body['success'] !== true) throw new Error(`Answered ${status} ${JSON.stringify(body)}`);
  return body['data'] as Record<string, unknown>;
}

/** Signs up with a code from the inbox at `mailUrl`. */
export async function signInByMail(client: Client, mailUrl: string, email: string): Promise<Developer> {
  dataOf(await client.post('/auth/verification/send-code', { email }));
  const code = await mailedCode(mailUrl, email);
  const tokens = dataOf(await client.post('/auth/verification/verify-code', { email, code }));
  const session = client.with({ Authorization: `Bearer ${String(tokens['access_token'])}` });
  const me = dataOf(await session.get('/auth/users/me'));
  const [project] = me['projects'] as { id: string }[];
  return {
    userId: String(tokens['user_uuid']),
    session,
    inProject: session.with({ 'X-Project-ID': project?.id ?? '' }),
  };
}

async function mailedCode(mailUrl: string, email: string): Promise<string> {
  return await waitFor(async () => {
    const response = await fetch(`${mailUrl}/api/messages?to=${encodeURIComponent(email)}`);
    const [mail] = (await response.json()) as { text: string }[];
    return /\b\d{6}\b/.exec(mail?.text ?? '')?.[0];
  });
}

/** An API key just made. */
export interface MadeKey {
  id: string;
  text: string;
}

/** Makes a key in the developer's default project. */
export async function makeKey({ inProject }: Developer, body: Record<string, unknown> = {}): Promise<MadeKey> {
  const key = dataOf(await inProject.post('/auth/api-keys/', { name: 'e2e', ...body }));
  return { id: String(key['id']), text: String(key['full_key']) };
}

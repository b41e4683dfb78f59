import type { Operations, Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';

/** A developer who signed in with a mailed code. */
export interface Developer {
  userId: string;
  /** Calls with the session's access token. */
  session: Turnpike;
  /** Names the default project. */
  project: { 'x-project-id': string };
}

/** Signs up with a code from the inbox at `mailUrl`. */
export async function signInByMail(visitor: Turnpike, mailUrl: string, email: string): Promise<Developer> {
  await visitor.call('account.sendCode', { body: { email } });
  const code = await mailedCode(mailUrl, email);
  const tokens = await visitor.call('account.verifyCode', { body: { email, code } });
  const session = visitor.as({ accessToken: tokens.access_token });
  const [project] = (await session.call('account.getUser')).projects;
  return { userId: tokens.user_uuid, session, project: { 'x-project-id': project?.id ?? '' } };
}

/** The code in the newest mail to an address. */
export async function mailedCode(mailUrl: string, email: string): Promise<string> {
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

type KeyBody = Operations['account.createApiKey']['takes']['body'];

/** Makes a key in the developer's default project. */
export async function makeKey({ session, project }: Developer, body: Partial<KeyBody> = {}): Promise<MadeKey> {
  const { id, full_key: text } = await session.call('account.createApiKey', {
    headers: project,
    body: { name: 'e2e', ...body },
  });
  return { id, text: text ?? '' };
}

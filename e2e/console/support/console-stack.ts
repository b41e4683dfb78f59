import { Turnpike } from '@turnpike/client';
import { visitorAt } from '../../support/callers.ts';
import { startTempStack, type TempStack } from '../../support/temp-stack.ts';

/** A stack with the console. */
export interface ConsoleStack extends TempStack {
  readonly url: string;
  /** A link that signs a browser in, once, and a client that is the same person. */
  link(email: string, to?: string): Promise<{ readonly url: string; readonly api: Turnpike; readonly userId: string }>;
}

/** The mark that the tests' console and edge share. */
export const CONSOLE_KEY = 'c0'.repeat(32);

/** Starts the whole stack with the console, whose risky acts ask for a sign-in of the last minutes as they do anywhere. */
export async function startConsoleStack(more: Readonly<Record<string, string>> = {}): Promise<ConsoleStack> {
  const temp = await startTempStack({ CONSOLE: 'on', CONSOLE_KEY, ...more });
  const { console_url: url = '', edge_url: edgeUrl, admin_api_key: adminKey } = temp.stack.info;
  return {
    ...temp,
    url,
    async link(email, to = '') {
      const admin = visitorAt(edgeUrl).as({ adminKey });
      const tokens = await admin.call('auth.devToken', { body: { email, display_name: email.split('@')[0] } });
      const api = visitorAt(edgeUrl).as({ accessToken: tokens.access_token });
      const { id: userId } = await api.call('platform.me');
      const made = await new Turnpike({ baseUrl: url }).request<{ ticket: string }>('/session/tickets', {
        method: 'POST',
        json: tokens,
        headers: { 'x-console-key': CONSOLE_KEY },
      });
      return { url: `${url}/sign-in${to}#ticket=${made.ticket}`, api, userId };
    },
  };
}

import { randomUUID } from 'node:crypto';
import { waitFor } from '@turnpike/test-kit';
import { startAuthWithMail } from '../account-harness.ts';
import { decodeAccessToken } from '../decode.ts';
import {
  asUser,
  call,
  createStores,
  startUsers,
  type Answer,
  type AuthInstance,
  type Neighbour,
  type Stores,
} from '../harness.ts';
import { startMailbox, type Mailbox } from '../mailbox.ts';

const FAMILY = '/platform/api/global/auth';
export const PASSWORD = 'correct horse battery staple';
export const OTHER = 'another staple for the battery';

/** Auth with a users service and a mailbox, for a file of tests about passwords. */
export interface PasswordStage {
  readonly stores: Stores;
  readonly users: Neighbour;
  readonly mailbox: Mailbox;
  readonly auth: AuthInstance;
  /** Calls a route of the family; `from` is the client's address. */
  post(route: string, body: object, from?: string): Promise<Answer>;
  /** A route as a signed-in person. */
  as(
    tokens: Answer,
    method: string,
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Signs in with Google's identity token. */
  google(token: string): Promise<Answer>;
  /** An account with `PASSWORD` and a proven address; the answer that it signed up with. `mailsMin`: mails to the address by then. */
  person(email?: string, from?: string, mailsMin?: number): Promise<Answer>;
  /** The newest mail to an address, of at least `mailsMin`. */
  mailTo(email: string, mailsMin?: number): Promise<string>;
  /** Lets time pass for mailed codes: their minute is over. */
  minutePasses(): Promise<void>;
  close(): Promise<void>;
}

/** `overrides`: settings of auth. */
export async function startPasswordStage(overrides: Readonly<Record<string, string>> = {}): Promise<PasswordStage> {
  const stores = await createStores();
  const [users, mailbox] = await Promise.all([startUsers(stores), startMailbox()]);
  const auth = await startAuthWithMail(stores, {
    USERS_URL: users.url,
    SMTP_URL: mailbox.url,
    EMAIL_VERIFICATION: 'required',
    PLATFORM_APP_URL: 'https://app.example.com',
    CODES_PER_CLIENT_PER_HOUR: '10000',
    PASSWORD_HASH_QUEUE_MAX: '1000',
    ...overrides,
  });
  const stage: PasswordStage = {
    stores,
    users,
    mailbox,
    auth,
    post: (route, body, from = '198.51.100.7') =>
      call(auth, 'POST', `${FAMILY}/${route}`, { body, headers: { 'x-forwarded-for': from } }),
    as(tokens, method, path, body, headers) {
      const { sub, sid } = decodeAccessToken(String(tokens.body['access_token'])).payload;
      return call(auth, method, path, {
        headers: { ...asUser(method, path, sub, sid), ...headers },
        ...(body && { body }),
      });
    },
    google: (token) => call(auth, 'POST', '/api/v1/auth/google', { body: { id_token: token } }),
    async person(email = newAddress(), from, mailsMin = 1) {
      const { id } = (await stage.post('register', { email, password: PASSWORD }, from)).body;
      const code = await mailbox.codeFor(email, mailsMin);
      return stage.post('verify-email', { id, code }, from);
    },
    mailTo: (email, mailsMin = 1) =>
      waitFor(() => {
        const received = mailbox.mails.filter(({ to }) => to.includes(email));
        return received.length >= mailsMin ? received.at(-1)?.source : undefined;
      }),
    async minutePasses() {
      await auth.context.database.query(
        "UPDATE verification_window SET ends_at = ends_at - interval '60 seconds' WHERE bucket LIKE 'recipient-minute:%'",
      );
    },
    async close() {
      await auth.close();
      await users.stop();
      await mailbox.close();
      await stores.database.drop();
    },
  };
  return stage;
}

/** An address that nobody has. */
export function newAddress(): string {
  return `${randomUUID()}@example.com`;
}

/** Status and code of an answer. */
export function outcome({ status, body }: Answer): [number, unknown] {
  return [status, body['code']];
}

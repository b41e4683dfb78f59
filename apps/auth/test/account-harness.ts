import { expect } from '@jest/globals';
import { HEADER } from '@turnpike/contracts';
import { createLogger, createMetrics, uuidv7 } from '@turnpike/service-kit';
import { sendMail } from '../src/mail/index.ts';
import {
  asUser,
  call,
  introspect,
  openSession,
  startAuth,
  type Answer,
  type AuthInstance,
  type Stores,
} from './harness.ts';

/** An instance that also sends mail. */
export async function startAuthWithMail(
  stores: Stores,
  overrides: Readonly<Record<string, string>>,
): Promise<AuthInstance> {
  const auth = await startAuth(stores, overrides);
  const mail = sendMail(auth.context, { logger: createLogger('auth', 'silent'), metrics: createMetrics('auth') });
  return {
    ...auth,
    async close() {
      await mail.close();
      await auth.close();
    },
  };
}

/** A signed-in developer. */
export interface Developer {
  readonly userId: string;
  readonly sessionId: string;
  /** The default project. */
  readonly projectId: string;
  /** Calls as this developer's session; `projectId` null sends no `x-project-id`. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly projectId?: string | null;
}

/** A user with a session, new unless told. */
export async function signInDeveloper(auth: AuthInstance, tier = 'free', userId = uuidv7()): Promise<Developer> {
  const { sessionId } = await openSession(auth, userId, tier);
  const [project] = await auth.context.database.query<{ id: string }>(
    'SELECT id FROM project WHERE user_id = $1::uuid',
    userId,
  );
  if (project === undefined) throw new Error('no default project');
  const own = project.id;
  return {
    userId,
    sessionId,
    projectId: own,
    send: (method, path, { body, headers, projectId = own } = {}) =>
      call(auth, method, path, {
        ...(body === undefined ? {} : { body }),
        headers: {
          ...asUser(method, path, userId, sessionId),
          ...(projectId === null ? {} : { [HEADER.projectId]: projectId }),
          ...headers,
        },
      }),
  };
}

/** The envelope's `data` of an answer. */
export function dataOf(answer: Answer): Record<string, unknown> {
  return answer.body['data'] as Record<string, unknown>;
}

/** A key just made, with its one showing. */
export interface MadeKey {
  readonly id: string;
  readonly text: string;
  readonly data: Record<string, unknown>;
}

/** Makes a key. */
export async function makeKey(developer: Developer, body: Record<string, unknown> = {}): Promise<MadeKey> {
  const answer = await developer.send('POST', '/auth/api-keys/', { body: { name: 'test', ...body } });
  if (answer.status !== 201) throw new Error(`no key: ${answer.status} ${JSON.stringify(answer.body)}`);
  const data = dataOf(answer);
  return { id: String(data['id']), text: String(data['full_key']), data };
}

/** The keys of a project. */
export function keyRows({ context }: AuthInstance, projectId: string): Promise<{ id: string }[]> {
  return context.database.query('SELECT id FROM api_key WHERE project_id = $1::uuid', projectId);
}

/** What the edges were told of a key. */
export function keyRevocations({ context }: AuthInstance, keyId: string): Promise<object[]> {
  return context.database.query("SELECT target_id FROM revocation WHERE kind = 'key' AND target_id = $1::uuid", keyId);
}

/** Expects that introspection refuses a credential, for this reason. */
export async function expectInactive(auth: AuthInstance, token: string, reason: string): Promise<void> {
  const answer = await introspect(auth, token);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ active: false });
  expect(answer.headers.get('x-inactive-reason')).toBe(reason);
}

/** Expects that introspection accepts a credential, and returns what it says. */
export async function expectActive(auth: AuthInstance, token: string): Promise<Record<string, unknown>> {
  const answer = await introspect(auth, token);
  expect(answer.body).toMatchObject({ active: true });
  return answer.body;
}

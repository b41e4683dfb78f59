import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { startAuthAndUsers, type AuthAndUsers } from '../auth-and-users.ts';
import { decodeAccessToken } from '../decode.ts';
import { asOperator, asService, asUser, call, introspect, type Answer } from '../harness.ts';

export function comingBackTests(): void {
  let stage: AuthAndUsers;
  let users: AuthAndUsers['users'];
  let auth: AuthAndUsers['auth'];
  beforeAll(async () => {
    stage = await startAuthAndUsers();
    ({ auth, users } = stage);
  });
  afterAll(() => stage.stop());

  const signIn = () =>
    call(auth, 'POST', '/api/v1/auth/dev/token', { headers: asOperator, body: { email: 'phoenix@example.com' } });

  function subjectOf(answer: Answer): { sub: string; sid: string } {
    expect(answer.status).toBe(200);
    return decodeAccessToken(String(answer.body['access_token'])).payload;
  }

  async function deleteMe(session: Answer): Promise<void> {
    const { sub, sid } = subjectOf(session);
    const { status } = await call(auth, 'DELETE', '/api/v1/auth/me', {
      headers: asUser('DELETE', '/api/v1/auth/me', sub, sid),
    });
    expect(status).toBe(200);
  }

  test('who deletes the account and signs in again at once is somebody new, never the old user and never an error', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const session = await signIn();
      const { sub } = subjectOf(session);
      expect(seen).not.toContain(sub);
      seen.add(sub);
      await deleteMe(session);
      expect((await introspect(auth, String(session.body['access_token']))).body).toEqual({ active: false });
    }
    const [first] = seen;
    await waitFor(async () => {
      const { status } = await call(users, 'GET', `/internal/users/${first}`, { headers: asService });
      return status === 410;
    });
  });

  test('20 sign-ins right after a deletion make one new user', async () => {
    const session = await signIn();
    const { sub } = subjectOf(session);
    await deleteMe(session);
    const answers = await Promise.all(Array.from({ length: 20 }, signIn));
    const subjects = new Set(answers.map((answer) => subjectOf(answer).sub));
    expect(subjects.size).toBe(1);
    expect(subjects).not.toContain(sub);
  });
}

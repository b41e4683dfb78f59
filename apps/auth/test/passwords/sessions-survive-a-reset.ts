import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { introspect, refresh, type Answer } from '../harness.ts';
import { askForReset } from './links.ts';
import { newAddress, OTHER, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function sessionsSurviveAResetTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  const isLive = async (token: unknown) => (await introspect(stage.auth, String(token))).body['active'];

  /** An API key of somebody who is signed in. */
  async function keyOf(tokens: Answer): Promise<string> {
    const { user } = tokens.body as { user: { id: string } };
    const [project] = await stage.auth.context.database.query<{ id: string }>(
      'SELECT id FROM project WHERE user_id = $1::uuid',
      user.id,
    );
    const headers = { 'x-project-id': project?.id ?? '' };
    const made = await stage.as(tokens, 'POST', '/auth/api-keys/', { name: 'the programme' }, headers);
    return String((made.body['data'] as { full_key: string }).full_key);
  }

  test('every session of whoever knew the old password ends with a reset; keys live on, and the mail names them', async () => {
    const email = newAddress();
    const sessions = [
      await stage.person(email),
      await stage.post('login', { email, password: PASSWORD }),
      await stage.post('login', { email, password: PASSWORD }),
    ];
    const key = await keyOf(sessions[0] as Answer);
    const { token } = await askForReset(stage, email, 2);
    expect((await stage.post('reset-password', { token, new_password: OTHER })).status).toBe(200);
    for (const { body } of sessions) {
      expect(await isLive(body['access_token'])).toBe(false);
      expect((await refresh(stage.auth, String(body['refresh_token']))).status).toBe(401);
    }
    expect(await isLive(key)).toBe(true);
    const notice = await stage.mailTo(email, 3);
    expect(notice).toContain('the programme');
    expect(notice).not.toContain(key);
  });
}

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askForReset } from './links.ts';
import { newAddress, OTHER, startPasswordStage, type PasswordStage } from './people.ts';

export function scannersBurnTheResetLinkTests(): void {
  let stage: PasswordStage;

  beforeAll(async () => {
    stage = await startPasswordStage();
  });

  afterAll(() => stage.close());

  test('whoever opens what is in the mail uses nothing up; a refused password does not either; one POST does', async () => {
    const email = newAddress();
    await stage.person(email);
    const { link, token, code } = await askForReset(stage, email, 2);
    // What a server sees of the link has no token in it.
    expect(new URL(link).pathname + new URL(link).search).toBe('/reset-password');
    const route = `${stage.auth.url}/platform/api/global/auth/reset-password`;
    for (let count = 0; count < 20; count += 1) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        const answer = await fetch(`${route}?token=${token}&email=${email}&code=${code}`, { method });
        expect([404, 405]).toContain(answer.status);
      }
    }
    expect((await stage.post('reset-password', { token, new_password: 'weak' })).status).toBe(422);
    expect((await stage.post('reset-password', { email, code, new_password: 'weak' })).status).toBe(422);
    expect((await stage.post('reset-password', { token, new_password: OTHER })).status).toBe(200);
    expect((await stage.post('reset-password', { token, new_password: `${OTHER} again` })).status).toBe(401);
  });
}

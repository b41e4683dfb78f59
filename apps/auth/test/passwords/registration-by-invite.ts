import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openOrganisation, type Member } from '../organisations/organisation.ts';
import { newAddress, OTHER, outcome, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

/** Signing up with the token of an invite: it was mailed to the address, so it proves it. */
export function registrationByInviteTests(): void {
  let stage: PasswordStage;
  beforeAll(async () => {
    stage = await startPasswordStage();
  });
  afterAll(async () => {
    await stage.close();
  });

  async function invited(email = newAddress(), mailsMin = 1): Promise<{ owner: Member; email: string; token: string }> {
    const owner = await openOrganisation(stage.auth);
    await owner.send('POST', '/platform/api/service/invites', { email, role: 'member' });
    const mail = (await stage.mailTo(email, mailsMin)).replaceAll('=\r\n', '').replaceAll('=3D', '=');
    return { owner, email, token: /#token=(m[\w-]{43})/.exec(mail)?.[1] ?? '' };
  }
  const register = (email: string, token: string, password = PASSWORD) =>
    stage.post('register', { email, password, invite_token: token });

  describe('signing up by invite', () => {
    test('needs no code, and after accepting leads to one membership, of the inviter’s organisation (E38)', async () => {
      const { owner, email, token } = await invited();
      const made = await register(email, token);
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({ email, verification_required: false });
      const signedIn = await stage.post('login', { email, password: PASSWORD });
      expect(signedIn.body).toMatchObject({ user: { id: made.body['id'], email_verified: true }, tenants: [] });
      const accepted = await stage.as(signedIn, 'POST', '/platform/api/global/invites/accept', { token });
      expect(accepted.body).toMatchObject({ tenant_id: owner.organisationId, role: 'member' });
      const listed = await stage.as(signedIn, 'GET', '/platform/api/global/tenants');
      expect(listed.body).toMatchObject({ total: 1, items: [{ id: owner.organisationId, role: 'member' }] });
    });

    test('takes the address from whoever signed up with it without a proof', async () => {
      const email = newAddress();
      await stage.post('register', { email, password: OTHER });
      const { token } = await invited(email, 2);
      expect((await register(email, token)).status).toBe(201);
      expect(outcome(await stage.post('login', { email, password: OTHER }))).toEqual([401, 'auth.credential_invalid']);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
    });

    test('of an address that has an account is 400, and its password stays', async () => {
      const { email, token } = await invited();
      await register(email, token);
      expect(outcome(await register(email, token, OTHER))).toEqual([400, 'auth.email_taken']);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
    });

    test('twenty times at once makes one account, with the password of the one that was told so', async () => {
      const { email, token } = await invited();
      const passwords = Array.from({ length: 20 }, (_, n) => `${PASSWORD} number ${n}`);
      const answers = await Promise.all(passwords.map((password) => register(email, token, password)));
      const made = answers.flatMap(({ status }, index) => (status === 201 ? [index] : []));
      expect(made).toHaveLength(1);
      const password = passwords[made[0] ?? 0];
      expect((await stage.post('login', { email, password: String(password) })).status).toBe(200);
    });

    test('with the token of another address, an ended or an unknown one makes nothing', async () => {
      const { owner, email, token } = await invited();
      expect(outcome(await register(newAddress(), token))).toEqual([403, 'invite.email_mismatch']);
      expect(outcome(await register(email, `m${'A'.repeat(43)}`))).toEqual([410, 'invite.invalid']);
      const [pending] = (await owner.send('GET', '/platform/api/service/invites')).body['items'] as { id: string }[];
      await owner.send('DELETE', `/platform/api/service/invites/${pending?.id ?? ''}`);
      expect(outcome(await register(email, token))).toEqual([410, 'invite.invalid']);
      expect(outcome(await stage.post('login', { email, password: PASSWORD }))[0]).toBe(401);
    });
  });
}

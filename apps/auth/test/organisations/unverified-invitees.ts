import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeAccessToken } from '../decode.ts';
import type { Answer } from '../harness.ts';
import { newAddress, outcome, PASSWORD, startPasswordStage, type PasswordStage } from '../passwords/people.ts';
import { openOrganisation, type Member } from './organisation.ts';

/** Invites of people whose address nobody has proven yet: what a token proves depends on how it was handed over. */
export function unverifiedInviteesTests(): void {
  const OWN = '/platform/api/global/invites';
  const PLACES = {
    'mailed, sign-up proves nothing': { EMAIL_VERIFICATION: 'off' },
    'shown, sign-up proves nothing': { EMAIL_VERIFICATION: 'off', SMTP_URL: '' },
  } as const;

  async function signUp(stage: PasswordStage, email: string): Promise<Answer> {
    await stage.post('register', { email, password: PASSWORD });
    return stage.post('login', { email, password: PASSWORD });
  }

  const accept = (stage: PasswordStage, person: Answer, body: object): Promise<Answer> =>
    stage.as(person, 'POST', `${OWN}/accept`, body);

  async function isVerified(stage: PasswordStage, person: Answer): Promise<unknown> {
    return (await stage.as(person, 'GET', '/platform/api/global/auth/me')).body['email_verified'];
  }

  /** Invites an address; the token, from the mail or from the answer. */
  async function invite(stage: PasswordStage, member: Member, email: string, mailsMin = 1): Promise<string> {
    const sent = await member.send('POST', '/platform/api/service/invites', { email });
    const shown = sent.body['accept_url'];
    if (typeof shown === 'string') return shown.split('#token=')[1] ?? '';
    const mail = (await stage.mailTo(email, mailsMin)).replaceAll('=\r\n', '').replaceAll('=3D', '=');
    return /#token=([ms][\w-]{43})/.exec(mail)?.[1] ?? '';
  }

  describe.each(Object.entries(PLACES))('%s', (place, settings) => {
    const mailed = place.startsWith('mailed');
    let stage: PasswordStage;
    beforeAll(async () => {
      stage = await startPasswordStage(settings);
    });
    afterAll(() => stage.close());

    test(`the invited person joins${mailed ? ', and the mailed token proves the address' : ', and nothing is proven'}`, async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(stage, owner, email);
      expect(token[0]).toBe(mailed ? 'm' : 's');
      const person = await signUp(stage, email);
      expect(await isVerified(stage, person)).toBe(false);
      // An unproven address is in nobody's list: anybody could have signed up with it.
      expect((await stage.as(person, 'GET', OWN)).body).toMatchObject({ total: 0 });
      expect((await accept(stage, person, { token })).body).toMatchObject({ tenant_id: owner.organisationId });
      expect(await isVerified(stage, person)).toBe(mailed);
    });

    test('somebody with another unproven address is refused, and the invite waits', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      const token = await invite(stage, owner, email);
      const other = await signUp(stage, newAddress());
      expect(outcome(await accept(stage, other, { token }))).toEqual([403, 'invite.email_mismatch']);
      const person = await signUp(stage, email);
      expect((await accept(stage, person, { token })).status).toBe(200);
    });

    test('by its id alone an unproven address accepts nothing', async () => {
      const owner = await openOrganisation(stage.auth);
      const email = newAddress();
      await invite(stage, owner, email);
      const person = await signUp(stage, email);
      const { items } = (await owner.send('GET', '/platform/api/service/invites')).body as { items: { id: string }[] };
      expect(outcome(await accept(stage, person, { invite_id: items[0]?.id }))).toEqual([410, 'invite.invalid']);
      const membership = await stage.auth.context.database.prisma.membership.findFirst({
        where: { userId: decodeAccessToken(String(person.body['access_token'])).payload.sub },
      });
      expect(membership).toBeNull();
    });
  });
}

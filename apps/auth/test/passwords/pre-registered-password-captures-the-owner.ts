import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { introspect, type Answer } from '../harness.ts';
import { startProviders, type StandInProviders } from '../stand-ins/index.ts';
import { askForReset } from './links.ts';
import { newAddress, OTHER, PASSWORD, startPasswordStage, type PasswordStage } from './people.ts';

export function preRegisteredPasswordCapturesTheOwnerTests(): void {
  const GUESSED = '000000';
  const HERE = '198.51.100.66';

  let providers: StandInProviders;
  let email: string;

  beforeAll(async () => {
    providers = await startProviders();
  });

  afterAll(() => providers.close());

  beforeEach(() => {
    email = newAddress();
    providers.google.person = { sub: email, email, email_verified: true };
  });

  const userOf = (answer: Answer): string => {
    expect(answer.status).toBe(200);
    return (answer.body as { user: { id: string } }).user.id;
  };

  describe('where addresses must be proven', () => {
    let stage: PasswordStage;
    beforeAll(async () => {
      stage = await startPasswordStage(providers.env);
    });
    afterAll(() => stage.close());

    test('a stranger’s sign-up with the owner’s address is nothing but a mail to the owner', async () => {
      const { id } = (await stage.post('register', { email, password: OTHER }, HERE)).body;
      expect((await stage.post('verify-email', { id, code: GUESSED }, HERE)).status).toBe(401);
      // The owner signs up as well, from elsewhere, and neither stands in the other's way.
      const owner = userOf(await stage.person(email, undefined, 2));
      expect(owner).not.toBe(id);
      expect((await stage.post('login', { email, password: OTHER }, HERE)).status).toBe(401);
      expect((await stage.post('verify-email', { id, code: GUESSED }, HERE)).status).toBe(401);
      expect((await stage.post('login', { email, password: PASSWORD })).status).toBe(200);
    });

    test('the code that the owner was mailed finishes no sign-up of a stranger’s once the owner has an account', async () => {
      const { id } = (await stage.post('register', { email, password: OTHER }, HERE)).body;
      const code = await stage.mailbox.codeFor(email);
      await stage.post('otp/request', { email });
      const otp = await stage.mailbox.codeFor(email, 2);
      const owner = userOf(await stage.post('otp/verify', { email, code: otp }));
      expect((await stage.post('verify-email', { id, code }, HERE)).status).toBe(401);
      expect((await stage.post('login', { email, password: OTHER }, HERE)).status).toBe(401);
      expect(owner).not.toBe(id);
    });
  });

  describe('where they need not be', () => {
    let stage: PasswordStage;
    beforeAll(async () => {
      stage = await startPasswordStage({ ...providers.env, EMAIL_VERIFICATION: 'off' });
    });
    afterAll(() => stage.close());

    /** A stranger who signed up with the owner's address, and is signed in. */
    async function squatter(): Promise<Answer> {
      expect((await stage.post('register', { email, password: OTHER }, HERE)).status).toBe(201);
      return stage.post('login', { email, password: OTHER }, HERE);
    }

    async function expectGone(stranger: Answer, owner: string): Promise<void> {
      expect(owner).not.toBe(userOf(stranger));
      expect((await stage.post('login', { email, password: OTHER }, HERE)).status).toBe(401);
      expect((await introspect(stage.auth, String(stranger.body['access_token']))).body).toEqual({ active: false });
      expect((await stage.post('refresh', { refresh_token: stranger.body['refresh_token'] }, HERE)).status).toBe(401);
      expect((await stage.post('register', { email, password: OTHER }, HERE)).status).toBe(400);
    }

    test('the owner who comes with a mailed code has an account of their own', async () => {
      const stranger = await squatter();
      await stage.post('otp/request', { email });
      const owner = userOf(await stage.post('otp/verify', { email, code: await stage.mailbox.codeFor(email) }));
      await expectGone(stranger, owner);
    });

    test('the owner who comes with Google does', async () => {
      const stranger = await squatter();
      const google = await stage.google(providers.google.sign());
      const owner = String((await introspect(stage.auth, String(google.body['access_token']))).body['sub']);
      await expectGone(stranger, owner);
    });

    test('the owner who chooses a new password does, and signs in with it', async () => {
      const stranger = await squatter();
      const { token } = await askForReset(stage, email, 1);
      expect((await stage.post('reset-password', { token, new_password: PASSWORD })).status).toBe(200);
      await expectGone(stranger, userOf(await stage.post('login', { email, password: PASSWORD })));
    });

    test('a stranger who signs up at the very moment gets no password into the owner’s account', async () => {
      await stage.post('otp/request', { email });
      const code = await stage.mailbox.codeFor(email);
      await Promise.all([
        stage.post('otp/verify', { email, code }),
        ...Array.from({ length: 5 }, () => stage.post('register', { email, password: OTHER }, HERE)),
      ]);
      await stage.minutePasses();
      await stage.post('otp/request', { email });
      const owner = userOf(await stage.post('otp/verify', { email, code: await stage.mailbox.codeFor(email, 2) }));
      expect((await stage.post('login', { email, password: OTHER }, HERE)).status).toBe(401);
      const passwords = await stage.auth.context.database.query(
        'SELECT 1 AS row FROM password WHERE user_id = $1::uuid',
        owner,
      );
      expect(passwords).toEqual([]);
    });
  });
}

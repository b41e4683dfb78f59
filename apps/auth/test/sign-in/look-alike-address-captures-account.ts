import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { call } from '../harness.ts';
import { startProviderStage, userOf, type ProviderStage } from '../provider-stage.ts';

export function lookAlikeAddressCapturesAccountTests(): void {
  let stage: ProviderStage;
  let providers: ProviderStage['providers'];
  let auth: ProviderStage['auth'];

  beforeAll(async () => {
    stage = await startProviderStage();
    ({ auth, providers } = stage);
  });
  afterAll(() => stage.stop());

  beforeEach(() => {
    providers.apple.person = { sub: randomUUID(), email_verified: 'true' };
    providers.google.person = { sub: randomUUID(), email_verified: true };
  });

  const apple = (email: string) =>
    call(auth, 'POST', '/api/v1/auth/apple', { body: { identity_token: providers.apple.sign({ email }) } });
  const google = (email: string) =>
    call(auth, 'POST', '/api/v1/auth/google', { body: { id_token: providers.google.sign({ email }) } });
  const github = (email: string) => {
    const person = { id: randomInt(1, 2 ** 40), login: 'x', emails: [{ email, primary: true, verified: true }] };
    return call(auth, 'POST', '/api/v1/auth/github', { body: { access_token: providers.github.issueToken(person) } });
  };

  /** Addresses that are ASCII, and what some folding takes for them. */
  const LOOK_ALIKES = [
    ['dotted capital I (U+0130)', 'mike@', 'm\u0130ke@'],
    ['dotless i (U+0131)', 'mike@', 'm\u0131ke@'],
    ['Kelvin sign (U+212A)', 'mike@', 'mi\u212Ae@'],
    ['long s (U+017F)', 'sam@', '\u017Fam@'],
    ['full width', 'sam@', '\uFF53am@'],
    ['combining mark', 'jose@', 'jose\u0301@'],
  ] as const;

  describe.each(LOOK_ALIKES)('%s', (_name, plain, alike) => {
    test('does not open the account of the address that it looks like', async () => {
      const domain = `${randomUUID()}.example.org`;
      const victim = userOf(await google(plain + domain));
      for (const attempt of [await apple(alike + domain), await github(alike + domain)])
        expect(JSON.stringify(attempt.body)).not.toContain(victim);
      expect(await ownersOf(alike + domain)).not.toContain(victim);
    });

    test('does not keep an account into which the owner of the plain address falls', async () => {
      const domain = `${randomUUID()}.example.org`;
      await google(plain + domain);
      await auth.context.database.query(
        'UPDATE identity SET email = $1 WHERE email = $2',
        alike + domain,
        plain + domain,
      );
      const [squatter] = await ownersOf(alike + domain);
      expect(userOf(await apple(plain + domain))).not.toBe(squatter);
    });
  });

  test('outside ASCII even the very same address links nothing: two spellings of one text may be two mailboxes', async () => {
    const domain = `${randomUUID()}.example.org`;
    await google(`sam@${domain}`);
    await auth.context.database.query(
      'UPDATE identity SET email = $1 WHERE email = $2',
      `zoë@${domain}`,
      `sam@${domain}`,
    );
    const [first] = await ownersOf(`zoë@${domain}`);
    await apple(`zoë@${domain}`);
    expect((await ownersOf(`zoë@${domain}`)).filter((owner) => owner === first)).toHaveLength(1);
  });

  test('a look-alike that is signing in at the same moment shares no user with the plain address', async () => {
    const domain = `${randomUUID()}.example.org`;
    await auth.context.database.query(
      `INSERT INTO first_sign_in (address, provider, external_key, expires_at)
     VALUES ($1, 'google', 'google:first', now() + interval '1 minute')`,
      `mike@${domain}`,
    );
    const [row] = await auth.context.database.query<{ shared_key: string | null }>(
      "SELECT shared_key FROM identity_recognise($1::uuid, 'apple', $2, $3, true, NULL, '{apple,google}')",
      randomUUID(),
      randomUUID(),
      `m\u0130ke@${domain}`,
    );
    expect(row?.shared_key).toBeNull();
  });

  test('letter case of ASCII still says nothing', async () => {
    const domain = `${randomUUID()}.example.org`;
    expect(userOf(await apple(`Mike@${domain.toUpperCase()}`))).toBe(userOf(await google(`mike@${domain}`)));
  });

  test('a code is never mailed to the address that a look-alike folds to', async () => {
    const answer = await call(auth, 'POST', '/auth/verification/send-code', {
      body: { email: 'mi\u212Ae@example.org' },
    });
    expect(answer.status).toBe(422);
  });

  async function ownersOf(email: string): Promise<string[]> {
    const rows = await auth.context.database.query<{ user_id: string }>(
      'SELECT user_id FROM identity WHERE email = $1',
      email,
    );
    return rows.map((row) => row.user_id);
  }
}

import { createHash, randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dumpDatabase } from '../dump.ts';
import { call } from '../harness.ts';
import { codeOf, exchange, loginUrl, PROVIDERS, signIn, startStage, type Stage } from '../stand-ins/browser-stage.ts';
import { Browser } from '../stand-ins/browser.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(async () => {
  await stage.close();
});

/** A copy of the database: text, and the bytes of binary columns as they are. */
async function copyOfDatabase(): Promise<string> {
  const text = await dumpDatabase(stage.database.query);
  const binary = [...text.matchAll(/\\\\x((?:[0-9a-f]{2})+)/g)].map(([, hex = '']) =>
    Buffer.from(hex, 'hex').toString('latin1'),
  );
  return [text, ...binary].join('\n');
}

test('a copy of the database holds no usable state, cookie, nonce, verifier, code, token or key', async () => {
  const { apple, google, github } = stage.providers;
  apple.person = { sub: randomUUID() };
  google.person = { sub: randomUUID() };
  github.person = { id: randomInt(1, 2 ** 40), login: 'ada', emails: [] };
  const secrets: Record<string, string> = {};

  for (const provider of PROVIDERS) {
    // One attempt that stays open, one that was finished, one whose code was redeemed.
    const open = new Browser();
    const login = await open.open(loginUrl(stage, provider));
    const query = new URL(login.location ?? '').searchParams;
    secrets[`${provider} state`] = query.get('state') ?? '';
    if (provider !== 'github') secrets[`${provider} nonce`] = query.get('nonce') ?? '';
    secrets[`${provider} cookie`] = Object.values(open.cookies(stage.auth.url))[0] ?? '';
    secrets[`${provider} code`] = codeOf(await signIn(stage, new Browser(), provider));
    const tokens = await exchange(stage, codeOf(await signIn(stage, new Browser(), provider)));
    secrets[`${provider} access token`] = String(tokens.body['access_token']);
    secrets[`${provider} refresh token`] = String(tokens.body['refresh_token']);
  }
  for (const [name, { received }] of [
    ['apple', apple],
    ['google', google],
    ['github', github],
  ] as const) {
    const exchanges = received.filter(({ method, form }) => method === 'POST' && form.has('code_verifier'));
    secrets[`${name} verifier`] = exchanges.at(-1)?.form.get('code_verifier') ?? '';
    secrets[`${name} provider code`] = exchanges.at(-1)?.form.get('code') ?? '';
    secrets[`${name} client secret`] = exchanges.at(-1)?.form.get('client_secret') ?? '';
  }
  const nonce = randomUUID();
  const identityToken = apple.sign({ nonce });
  await call(stage.auth, 'POST', '/api/v1/auth/apple', {
    body: { identity_token: identityToken, nonce, authorization_code: apple.issueCode() },
  });
  secrets['apple identity token'] = identityToken;
  secrets["apple's refresh token"] = apple.issuedRefreshTokens.at(-1) ?? '';
  secrets['github access token'] =
    github.received.findLast(({ path }) => path === '/user')?.headers.authorization?.replace('Bearer ', '') ?? '';

  const copy = await copyOfDatabase();
  // The copy is one: what may be there, is.
  expect(copy).toContain(google.person.sub);
  expect(copy).toContain(
    createHash('sha256')
      .update(secrets['google code'] ?? '')
      .digest('hex'),
  );
  for (const [name, secret] of Object.entries(secrets)) {
    expect([name, secret.length > 8]).toEqual([name, true]);
    const forms = [
      secret,
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ];
    expect([name, forms.filter((form) => copy.includes(form))]).toEqual([name, []]);
  }
  // Nor do the logs say any of it.
  const logs = stage.auth.logs().join('\n');
  expect(
    Object.entries(secrets)
      .filter(([, secret]) => logs.includes(secret))
      .map(([name]) => name),
  ).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Operations, Turnpike } from '@turnpike/client';
import { waitFor } from '@turnpike/test-kit';
import { refusalOf } from '../support/callers.ts';
import { makeKey, mailedCode } from '../support/developer.ts';
import { startTempStack } from '../support/temp-stack.ts';
import type { TempStack } from '../support/temp-stack.ts';

const startTimeoutMs = 120_000;
const password = 'correct horse battery staple';
const other = 'another staple for the battery';

let temp: TempStack;
let visitor: Turnpike;

beforeAll(async () => {
  temp = await startTempStack({ EMAIL_VERIFICATION: 'required', PLATFORM_APP_URL: 'https://app.example.com' });
  visitor = temp.visitor;
}, startTimeoutMs);
afterAll(async () => await temp.dispose(), startTimeoutMs);

type SignedIn = Operations['platform.login']['answers'];

/** Signs up with a password and the code of the mail. */
async function signUp(email: string): Promise<SignedIn> {
  const { id } = await visitor.call('platform.register', { body: { email, password, first_name: 'Ada' } });
  const code = await mailedCode(temp.stack.info.mail_ui_url, email);
  return visitor.call('platform.verifyEmail', { body: { id, code } });
}

const logIn = (email: string, text: string): Promise<SignedIn> =>
  visitor.call('platform.login', { body: { email, password: text } });
const as = ({ access_token: accessToken }: SignedIn): Turnpike => visitor.as({ accessToken });

/** The newest mail to an address, once it says `words`. */
async function mailThatSays(email: string, words: string): Promise<string> {
  return await waitFor(async () => {
    const response = await fetch(`${temp.stack.info.mail_ui_url}/api/messages?to=${encodeURIComponent(email)}`);
    const [mail] = (await response.json()) as { text: string }[];
    return mail?.text.includes(words) === true ? mail.text : undefined;
  });
}

/** A session that has been ended is refused, though every cache was warm, and its refresh token with it. */
async function hasEnded(session: SignedIn): Promise<void> {
  await waitFor(async () => (await refusalOf(as(session).call('platform.me'))).status === 401);
  const { refresh_token } = session;
  expect((await refusalOf(visitor.call('platform.refresh', { body: { refresh_token } }))).status).toBe(401);
}

describe('somebody with a password', () => {
  const email = 'ada@example.com';

  test('signs up, signs in, and is who they said', async () => {
    const { user } = await signUp(email);
    const session = await logIn(email, password);
    expect(session).toMatchObject({ token_type: 'bearer', user, tenants: [] });
    expect(session.global_access_token).toBe(session.access_token);
    expect(await as(session).call('platform.me')).toMatchObject({
      id: user.id,
      email,
      first_name: 'Ada',
      email_verified: true,
      has_password: true,
    });
    expect(await as(session).call('credits.getBalance')).toMatchObject({ balance: 50 });
  });

  test('chooses a new one with the mailed link; their sessions end everywhere, their key lives on', async () => {
    const sessions = [await logIn(email, password), await logIn(email, password), await logIn(email, password)];
    for (const session of sessions) await as(session).call('platform.me');
    const [first] = sessions;
    if (first === undefined) throw new Error('no session');
    const session = as(first);
    const [project] = (await session.call('account.getUser')).projects;
    const key = await makeKey({ userId: first.user.id, session, project: { 'x-project-id': project?.id ?? '' } });

    await visitor.call('platform.forgotPassword', { body: { email } });
    const mail = await mailThatSays(email, 'https://app.example.com/reset-password#token=');
    const token = /#token=([A-Za-z0-9_-]+)/.exec(mail)?.[1] ?? '';
    const weak = await refusalOf(visitor.call('platform.resetPassword', { body: { token, new_password: 'short' } }));
    expect([weak.status, weak.code]).toEqual([422, 'auth.password_rejected']);
    await visitor.call('platform.resetPassword', { body: { token, new_password: other } });
    const used = await refusalOf(visitor.call('platform.resetPassword', { body: { token, new_password: password } }));
    expect([used.status, used.code]).toEqual([401, 'auth.reset_invalid']);

    for (const each of sessions) await hasEnded(each);
    expect(await visitor.as({ apiKey: key.text }).call('credits.getBalance')).toMatchObject({ balance: 50 });
    expect(await mailThatSays(email, 'was changed')).toContain('e2e');
    expect((await refusalOf(logIn(email, password))).code).toBe('auth.credential_invalid');
    await logIn(email, other);
  });

  test('changes it: other sessions end, this one goes on', async () => {
    const [own, another] = [await logIn(email, other), await logIn(email, other)];
    await as(another).call('platform.me');
    const body = { current_password: other, new_password: password };
    const wrong = as(own).call('platform.changePassword', { body: { ...body, current_password: password } });
    expect(await refusalOf(wrong)).toMatchObject({ status: 422, code: 'request.invalid' });
    expect(await as(own).call('platform.changePassword', { body })).toMatchObject({ sessions_ended: 2 });
    await hasEnded(another);
    await as(own).call('platform.me');
    await visitor.call('platform.refresh', { body: { refresh_token: own.refresh_token } });
  });

  test('signs out', async () => {
    const session = await logIn(email, password);
    await as(session).call('platform.logout');
    await hasEnded(session);
  });
});

test('addresses that the client makes up do not evade the limit of wrong passwords', async () => {
  const guess = (index: number): Promise<unknown> =>
    visitor.request('/platform/api/global/auth/login', {
      method: 'POST',
      json: { email: 'nobody@example.com', password },
      headers: {
        'X-Forwarded-For': `10.${index}.0.1`,
        'X-Real-IP': `10.${index}.0.1`,
        Forwarded: `for=10.${index}.0.1`,
      },
    });
  for (let index = 0; index < 10; index += 1) expect((await refusalOf(guess(index))).status).toBe(401);
  const limited = await refusalOf(guess(10));
  expect([limited.status, limited.code]).toEqual([429, 'rate_limit.exceeded']);
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(800);
});

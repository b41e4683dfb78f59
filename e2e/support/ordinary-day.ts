import { randomUUID } from 'node:crypto';
import { waitFor } from '@turnpike/test-kit';
import { populatedEmail, populatedUserId } from '@turnpike/test-kit/population';
import { callerAt, signInAs, statusOf, visitorAt } from './callers.ts';
import { makeKey, signInByMail } from './developer.ts';
import type { StandInGoogle } from './google.ts';
import type { LargeStack } from './large-stack.ts';

/**
 * What takes more than one call, or proofs: signing in, keys, refreshing, credits, and an erasure to its end. `users`: how many the stack
 * was filled with.
 */
export async function liveThroughIt({ stack, urlOf }: LargeStack, google: StandInGoogle, users: number): Promise<void> {
  const { edge_url: edgeUrl, admin_api_key: adminKey, service_api_key: serviceKey, mail_ui_url: mailUrl } = stack.info;
  const visitor = visitorAt(edgeUrl);
  const credits = callerAt(urlOf('credits'), { serviceKey });
  const signInWithGoogle = (email: string) =>
    visitor.call('auth.googleSignIn', { body: { id_token: google.identityToken(`sub-${email}`, email) } });

  const developer = await signInByMail(visitor, mailUrl, 'developer@e2e.example');
  const { session, project, userId } = developer;
  const key = await makeKey(developer);
  await visitor.as({ accessToken: key.text }).call('credits.getBalance');
  const rotation = { params: { key_id: key.id }, headers: project, body: { overlap_seconds: 0 } };
  await session.call('account.rotateApiKey', rotation);

  // New, known again, linked by its address to who signed in by mail, and linked by hand.
  for (const email of ['google@e2e.example', 'google@e2e.example', 'developer@e2e.example'])
    await signInWithGoogle(email);
  const other = await signInAs(visitor, adminKey, populatedEmail(users - 1));
  await other.call('auth.linkGoogle', {
    body: { id_token: google.identityToken('sub-linked', 'linked@e2e.example') },
  });
  await session.call('auth.unlinkIdentity', { params: { provider: 'google' } });

  const { access_token: accessToken, refresh_token } = await signInWithGoogle('refreshing@e2e.example');
  for (let time = 0; time < 2; time += 1) await visitor.call('auth.refresh', { body: { refresh_token } });
  await visitor.as({ accessToken }).call('auth.logout', { body: { refresh_token } });

  for (const resolve of ['credits.settle', 'credits.release', undefined] as const) {
    const hold = { user_id: userId, amount: 3, idempotency_key: randomUUID(), ttl_seconds: 1 };
    const { reservation_id: id } = await credits.call('credits.reserve', { body: hold });
    if (resolve !== undefined) await credits.call(resolve, { params: { id }, body: {} });
  }
  await session.request('/api/v1/timepoints/generate/sync', { method: 'POST', json: { query: 'Moon landing' } });
  for (const path of ['/stats', '/moments?limit=20', '/moments/bench/40', '/moments/bench/41']) {
    // A private moment is 404 to everybody but its creator.
    for (const caller of [visitor, session]) await statusOf(caller.fetch(`/api/v1/clockchain${path}`));
  }

  // What somebody had before goes everywhere.
  const leaving = await signInAs(visitor, adminKey, populatedEmail(users - 2));
  await leaving.call('auth.deleteMe');
  const operator = visitor.as({ adminKey });
  const query = { user_id: populatedUserId(users - 2) };
  await waitFor(async () => {
    const { items } = await operator.call('users.adminListErasures', { query });
    return items.some(({ status }) => status === 'completed');
  });
}

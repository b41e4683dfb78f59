import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { populatedEmail, populatedUserId } from '@turnpike/test-kit/population';
import { clientOf, signInAs } from './client.ts';
import { makeKey, signInByMail } from './developer.ts';
import type { StandInGoogle } from './google.ts';
import type { LargeStack } from './large-stack.ts';

/**
 * What takes more than one call, or proofs: signing in, keys, refreshing, credits, and an erasure to its end. `users`: how many the stack
 * was filled with.
 */
export async function liveThroughIt({ stack, urlOf }: LargeStack, google: StandInGoogle, users: number): Promise<void> {
  const { edge_url: edgeUrl, admin_api_key: adminKey, service_api_key: serviceKey, mail_ui_url: mailUrl } = stack.info;
  const edge = clientOf(edgeUrl);
  const credits = clientOf(urlOf('credits'), { 'X-Service-Key': serviceKey });
  const signInWithGoogle = (email: string) =>
    edge.post('/api/v1/auth/google', { id_token: google.identityToken(`sub-${email}`, email) });

  const developer = await signInByMail(edge, mailUrl, 'developer@e2e.example');
  const key = await makeKey(developer);
  const withKey = edge.with({ Authorization: `Bearer ${key.text}` });
  expect((await withKey.get('/api/v1/credits/balance')).status).toBeLessThan(300);
  const rotated = await developer.inProject.post(`/auth/api-keys/${key.id}/rotate`, { overlap_seconds: 0 });
  expect(rotated.status).toBeLessThan(300);

  // New, known again, linked by its address to who signed in by mail, and linked by hand.
  for (const email of ['google@e2e.example', 'google@e2e.example', 'developer@e2e.example'])
    expect((await signInWithGoogle(email)).status).toBeLessThan(300);
  const other = await signInAs(edge, adminKey, populatedEmail(users - 1));
  const linked = await other.post('/api/v1/auth/identities/google', {
    id_token: google.identityToken('sub-linked', 'linked@e2e.example'),
  });
  expect(linked.status).toBeLessThan(300);
  expect((await developer.session.delete('/api/v1/auth/identities/google')).status).toBeLessThan(300);

  const tokens = await signInWithGoogle('refreshing@e2e.example');
  for (let time = 0; time < 2; time += 1)
    await edge.post('/api/v1/auth/refresh', { refresh_token: tokens.body['refresh_token'] });
  await edge.post('/api/v1/auth/logout', { refresh_token: tokens.body['refresh_token'] });

  const { userId } = developer;
  for (const settle of ['settle', 'release', undefined]) {
    const body = { user_id: userId, amount: 3, idempotency_key: randomUUID(), ttl_seconds: 1 };
    const { body: hold } = await credits.post('/internal/credits/reservations', body);
    if (settle !== undefined) await credits.post(`/internal/credits/reservations/${String(hold['id'])}/${settle}`, {});
  }
  const metered = await developer.session.post('/api/v1/timepoints/generate/sync', { query: 'Moon landing' });
  expect(metered.status).toBeLessThan(300);
  for (const path of ['/stats', '/moments?limit=20', '/moments/bench/40', '/moments/bench/41']) {
    await edge.get(`/api/v1/clockchain${path}`);
    await developer.session.get(`/api/v1/clockchain${path}`);
  }

  // What somebody had before goes everywhere.
  const leaving = await signInAs(edge, adminKey, populatedEmail(users - 2));
  expect((await leaving.delete('/api/v1/auth/me')).status).toBeLessThan(300);
  await waitFor(async () => {
    const answer = await edge
      .with({ 'X-Admin-Key': adminKey })
      .get(`/api/v1/users/admin/erasures?user_id=${populatedUserId(users - 2)}`);
    return JSON.stringify(answer.body).includes('"completed"');
  });
}

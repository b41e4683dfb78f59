import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '@turnpike/test-kit';
import { KEYS } from '../support/keys.ts';
import { send } from '../support/send.ts';
import type { EdgeStack, SignedIn } from '../support/stack.ts';
import { openEvents, openSocket } from '../support/streams.ts';

const BACKEND = '/api/v1/timepoints';
const INFO = '/platform/api/service/info';

/** One question, "is this credential active?", is answered in one place for tokens and keys; so a suspended organisation is out with both. */
export function suspendedOrganisationsKeysWork(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let edges: string[];
  beforeAll(async () => {
    stack = shared();
    edges = [stack.edge.url, (await stack.startEdge()).url];
  });

  async function organisationOf(user: SignedIn): Promise<{ id: string; token: string; key: string }> {
    const slug = `o${randomUUID().replaceAll('-', '').slice(0, 20)}`;
    const post = (path: string, token: string, json: object) => stack.send(path, { method: 'POST', token, json });
    const made = await post('/platform/api/global/tenants', user.token, { name: 'Acme', slug });
    const id = String(made.body['id']);
    const selected = await post('/platform/api/global/auth/select-tenant', user.token, { tenant_id: id });
    const token = String(selected.body['access_token']);
    const key = await post('/trueportai-services/api/v1/keys', token, { name: 'Shop', scopes: ['timepoints:read'] });
    expect([made.status, selected.status, key.status]).toEqual([201, 200, 201]);
    return { id, token, key: String(key.body['key']) };
  }

  const setStatus = async (id: string, status: string) => {
    const answer = await stack.send(`/platform/api/admin/tenants/${id}/status`, {
      method: 'PUT',
      headers: { 'X-Admin-Key': KEYS.ADMIN_API_KEY },
      json: { status, reason: 'abuse' },
    });
    expect([answer.status, answer.body['status']]).toEqual([200, status]);
  };

  describe('a suspended organisation', () => {
    test('is refused at every edge with token and key, its open streams and sockets end, and restored it works with what it had', async () => {
      const user = await stack.signIn();
      const { id, token, key } = await organisationOf(user);
      const doors: readonly [string, (edge: string) => ReturnType<typeof send>][] = [
        ['a token at a backend', (edge) => send(edge, BACKEND, { token })],
        ['a token at the organisation', (edge) => send(edge, INFO, { token })],
        ['a key at a backend', (edge) => send(edge, BACKEND, { headers: { 'X-API-Key': key } })],
        ['a key as a bearer', (edge) => send(edge, BACKEND, { token: key })],
      ];
      const calls = edges.flatMap((edge) => doors.map(([door, call]) => ({ door, call: () => call(edge) })));
      for (const { door, call } of calls) expect([door, (await call()).status]).toEqual([door, 200]);
      const open = await Promise.all(
        edges.flatMap((edge) =>
          [token, key].flatMap((credential) => [
            openEvents(stack.upstream, edge, credential),
            openSocket(stack.upstream, edge, credential),
          ]),
        ),
      );

      await setStatus(id, 'suspended');
      await Promise.all(open.map((raw) => raw.closed));
      for (const { door, call } of calls) {
        const refused = await waitFor(async () => {
          const answer = await call();
          return answer.status === 200 ? undefined : answer;
        });
        expect([door, refused.status, refused.body['code']]).toEqual([door, 403, 'tenant.suspended']);
      }
      const post = (path: string, json: object) => stack.send(path, { method: 'POST', token: user.token, json });
      const selected = await post('/platform/api/global/auth/select-tenant', { tenant_id: id });
      expect([selected.status, selected.body['code']]).toEqual([403, 'tenant.suspended']);
      const refresh = { refresh_token: user.refreshToken, tenant_id: id };
      expect((await post('/platform/api/global/auth/refresh', refresh)).body['code']).toBe('tenant.suspended');
      // What the member does outside of it is not touched.
      for (const edge of edges) expect((await send(edge, BACKEND, { token: user.token })).status).toBe(200);

      await setStatus(id, 'active');
      for (const { call } of calls) await waitFor(async () => (await call()).status === 200);
      expect((await post('/platform/api/global/auth/refresh', refresh)).status).toBe(200);
    });

    test('is out while Redis is down, by polling', async () => {
      const user = await stack.signIn();
      const { id, token, key } = await organisationOf(user);
      // This edge alone hears nothing of the stream.
      const deaf = await stack.startEdge({ REDIS_URL: 'redis://127.0.0.1:9', REVOCATION_POLL_MS: '200' });
      const calls = [{ token }, { headers: { 'X-API-Key': key } }].map(
        (sending) => () => send(deaf.url, BACKEND, sending),
      );
      for (const call of calls) expect((await call()).status).toBe(200);
      await setStatus(id, 'suspended');
      for (const call of calls) await waitFor(async () => (await call()).body['code'] === 'tenant.suspended');
      await setStatus(id, 'active');
      for (const call of calls) await waitFor(async () => (await call()).status === 200);
    });
  });

  test('an archived organisation is out for good, until an operator restores it', async () => {
    const user = await stack.signIn();
    const { id, token, key } = await organisationOf(user);
    await setStatus(id, 'archived');
    for (const sending of [{ token }, { headers: { 'X-API-Key': key } }]) {
      const refused = await waitFor(async () => {
        const answer = await stack.send(BACKEND, sending);
        return answer.status === 200 ? undefined : answer;
      });
      expect([refused.status, refused.body['code']]).toEqual([403, 'tenant.suspended']);
    }
    await setStatus(id, 'active');
    for (const sending of [{ token }, { headers: { 'X-API-Key': key } }])
      await waitFor(async () => (await stack.send(BACKEND, sending)).status === 200);
  });
}

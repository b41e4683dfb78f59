import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunningApp } from '@turnpike/test-kit';
import { openOrganisation, type OwnedOrganisation } from '../support/organisation.ts';
import { send, type Answer } from '../support/send.ts';
import type { EdgeStack } from '../support/stack.ts';

const INFO = '/platform/api/service/info';
const LIST = '/api/v1/timepoints';

/** The organisation of a call is the token's, whatever headers and bodies name (E15). `X-Tenant-Slug` selects one outside production alone. */
export function tenantFromTheTokenAlone(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let production: RunningApp;
  let acme: OwnedOrganisation;
  let other: OwnedOrganisation;
  let slugOf: (organisation: OwnedOrganisation) => string;
  beforeAll(async () => {
    stack = shared();
    production = await stack.startEdge({ NODE_ENV: 'production' });
    [acme, other] = [await openOrganisation(stack), await openOrganisation(stack)];
    const slugs = new Map<string, string>();
    for (const organisation of [acme, other])
      slugs.set(organisation.id, String((await organisation.send('GET', INFO)).body['slug']));
    slugOf = ({ id }) => slugs.get(id) ?? '';
  });
  beforeEach(() => stack.upstream.reset());

  const outcome = ({ status, text }: Answer) => [status, (JSON.parse(text) as { code?: string }).code];

  describe('in production', () => {
    const FORGERIES: [string, (id: string, slug: string) => string[]][] = [
      ['X-Tenant-Slug', (_id, slug) => ['X-Tenant-Slug', slug]],
      ['x_tenant_slug', (_id, slug) => ['x_tenant_slug', slug]],
      ['X-Tenant-ID', (id) => ['X-Tenant-ID', id]],
      ['X_Tenant_ID', (id) => ['X_Tenant_ID', id]],
    ];
    test.each(FORGERIES)(
      '%s of another organisation changes nothing and reaches no backend',
      async (_name, headers) => {
        const forged = headers(other.id, slugOf(other));
        const own = await send(production.url, INFO, {
          rawHeaders: ['Authorization', `Bearer ${acme.token}`, ...forged],
        });
        expect([own.status, own.body['id']]).toEqual([200, acme.id]);
        const personal = ['Authorization', `Bearer ${acme.owner.token}`, ...forged];
        expect(outcome(await send(production.url, INFO, { rawHeaders: personal }))).toEqual([
          403,
          'tenant.not_selected',
        ]);
        await send(production.url, LIST, { rawHeaders: personal });
        const received = JSON.stringify(stack.upstream.received[0]?.headers);
        expect(received).not.toContain(other.id);
        expect(received).not.toContain(slugOf(other));
        expect(received).not.toMatch(/tenant/i);
      },
    );

    test('a tenant_id in a body or query is nobody’s business', async () => {
      const switched = await send(
        production.url,
        `/platform/api/service/auth/switch-environment?tenant_id=${other.id}`,
        {
          method: 'POST',
          token: acme.token,
          json: { environment: 'test', tenant_id: other.id, tenant_slug: slugOf(other) },
        },
      );
      expect([switched.status, switched.body['tenant_id']]).toEqual([200, acme.id]);
    });
  });

  describe('outside production', () => {
    const asking = (token: string, slug: string, target = INFO) =>
      stack.send(target, { token, headers: { 'X-Tenant-Slug': slug } });

    test('X-Tenant-Slug beside a personal token selects an organisation of the person, for that call', async () => {
      const answer = await asking(acme.owner.token, slugOf(acme).toUpperCase());
      expect(answer.body).toMatchObject({ id: acme.id, role: 'owner', env: 'prod' });
      expect(outcome(await stack.send(INFO, { token: acme.owner.token }))).toEqual([403, 'tenant.not_selected']);
      await asking(acme.owner.token, slugOf(acme), LIST);
      expect(stack.upstream.received[0]?.headers).toMatchObject({ 'x-tenant-id': acme.id });
      expect(stack.upstream.received[0]?.headers).not.toHaveProperty('x-tenant-slug');
    });

    test('another’s, and one that nobody has, are refused alike', async () => {
      const answers = [await asking(acme.owner.token, slugOf(other)), await asking(acme.owner.token, 'nobodys-slug')];
      expect(answers.map(outcome)).toEqual(Array.from({ length: 2 }, () => [403, 'tenant.membership_ended']));
      expect(outcome(await asking(acme.owner.token, 'no slug'))).toEqual([422, 'request.invalid']);
    });

    test('beside a token of an organisation it may name that one alone', async () => {
      expect((await asking(acme.token, slugOf(acme))).body).toMatchObject({ id: acme.id });
      expect(outcome(await asking(acme.token, slugOf(other)))).toEqual([400, 'tenant.ambiguous']);
    });

    test('is not read for keys, nor on routes about the person', async () => {
      const me = await asking(acme.owner.token, slugOf(other), '/api/v1/auth/me');
      expect(me.body).toMatchObject({ id: acme.owner.userId });
      const { key } = await stack.createKey(acme.owner);
      await asking(key, slugOf(acme), LIST);
      expect(stack.upstream.received[0]?.headers).not.toHaveProperty('x-tenant-id');
    });
  });
}

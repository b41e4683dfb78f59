import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { firstPartyEndpoints, type EndpointSpec } from '@turnpike/contracts';
import { dumpDatabase } from '@turnpike/test-kit';
import { openOrganisation, tokenOf, type OwnedOrganisation } from '../support/organisation.ts';
import type { Answer } from '../support/send.ts';
import type { EdgeStack } from '../support/stack.ts';

/** What ends the caller's own session is called by nobody here. */
const NOT_CALLED = new Set(['platform.logout']);
const ROUTES = firstPartyEndpoints.filter(
  ({ id, access, acceptsScoped, family, owner }) =>
    ['auth', 'users', 'credits'].includes(owner) &&
    (access === 'tenant' || (access === 'user' && (acceptsScoped === true || family === 'platform'))) &&
    !NOT_CALLED.has(id),
);
const WITH_IDS = ROUTES.filter(({ path }) => path.includes(':'));
const OTHERS = ROUTES.filter(({ path }) => !path.includes(':'));

interface Document {
  readonly paths: Readonly<
    Record<string, Record<string, { requestBody?: { content: Record<string, { example?: unknown }> } }>>
  >;
}
const document = JSON.parse(
  readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'),
) as Document;

/** An organisation with one of everything that has an id. */
interface Furnished extends OwnedOrganisation {
  readonly slug: string;
  readonly ids: Readonly<
    Record<'organisation' | 'owner' | 'member' | 'membership' | 'invite' | 'project' | 'key' | 'projectOfKey', string>
  >;
}

/**
 * Every route that acts within an organisation, and every route of the Platform API for persons, called by the owner of one organisation with
 * the ids of another one: in the path, the headers, the query and the body. The routes are those of the contracts, so a new one is called too.
 */
export function anotherTenantsIds(shared: () => EdgeStack): void {
  let stack: EdgeStack;
  let mine: Furnished;
  let theirs: Furnished;
  beforeAll(async () => {
    stack = shared();
    [mine, theirs] = [await furnish(), await furnish()];
  });
  // The walk is longer than what one person may ask in a minute, and a refusal for that would hide what it looks for.
  beforeEach(() => forgetLimits(stack.redis.url));

  async function furnish(): Promise<Furnished> {
    const organisation = await openOrganisation(stack);
    const { id, owner, send } = organisation;
    const person = await stack.signIn();
    const membership = randomUUID();
    await stack.databases.auth.query(
      `INSERT INTO membership (id, organisation_id, user_id, role) VALUES ($1::uuid, $2::uuid, $3::uuid, 'member')`,
      [membership, id, person.userId],
    );
    const made = async (target: string, json: object): Promise<Record<string, unknown>> => {
      const answer = await send('POST', target, json);
      if (answer.status !== 201) throw new Error(`${target} answered ${answer.status}: ${answer.text}`);
      return answer.body;
    };
    const invite = await made('/platform/api/service/invites', { email: `guest-${randomUUID()}@example.com` });
    const project = await made('/auth/projects', { name: 'Maps' });
    const key = await made('/trueportai-services/api/v1/keys', { name: 'server' });
    const { slug } = (await send('GET', '/platform/api/service/info')).body;
    const ids = {
      organisation: id,
      owner: owner.userId,
      member: person.userId,
      membership,
      invite: String(invite['id']),
      project: String((project['data'] as { id: string }).id),
      key: String(key['id']),
      projectOfKey: String(key['project_id']),
    };
    return { ...organisation, slug: String(slug), ids };
  }

  /** Calls a route as the owner of the one organisation, with an id of the other in every place. */
  function callWith(endpoint: EndpointSpec, id: string, projectId = theirs.ids.project): Promise<Answer> {
    const { access, acceptsScoped, method, path } = endpoint;
    const scoped = access === 'tenant' || acceptsScoped === true;
    const target = path.replaceAll(/:\w+/g, id);
    const { organisation } = theirs.ids;
    return stack.send(`${target}?tenant_id=${organisation}&organisation_id=${organisation}`, {
      method,
      token: scoped ? mine.token : mine.owner.token,
      headers: { 'X-Project-ID': projectId, 'X-Tenant-ID': organisation },
      ...(method === 'GET' ? {} : { json: bodyOf(endpoint, id) }),
    });
  }

  /** The published example of a body with ids and slugs of the other organisation, and members that no contract names. */
  function bodyOf({ method, path }: EndpointSpec, id: string): object {
    const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    const example = operation?.requestBody?.content['application/json']?.example ?? {};
    const { organisation, owner } = theirs.ids;
    return {
      ...(withIds(example, id) as object),
      tenant_id: path.endsWith('/select-tenant') ? id : organisation,
      organisation_id: organisation,
      user_id: path.endsWith('/owner') ? id : owner,
      owner_id: owner,
    };
  }

  function withIds(value: unknown, id: string, name = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => withIds(item, id));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withIds(member, id, key)]));
    if (typeof value !== 'string') return value;
    if (name.endsWith('slug')) return theirs.slug;
    return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value) ? id : value;
  }

  /** All rows of all databases in which anything of the other organisation is named, but for what tells of calls. */
  async function rowsOf({ ids }: Furnished): Promise<string[]> {
    const dumps = await Promise.all(
      (['auth', 'users', 'credits'] as const).map((name) => dumpDatabase(stack.databases[name].url)),
    );
    return dumps
      .flatMap(({ tables }) => tables)
      .flatMap(({ name, rows }) => rows.map((row) => `${name} ${row}`))
      .filter((row) => Object.values(ids).some((id) => row.includes(id)))
      .toSorted();
  }

  /** An answer without what differs between any two: whose request it was, and the id that was asked for. */
  const withoutIds = ({ status, text }: Answer, id: string): string =>
    `${status} ${text.replaceAll(id, '<id>').replace(/"request_id":"[^"]*"/, '')}`;

  test('there is something to walk', () => {
    const ids = ROUTES.map(({ id }) => id);
    expect(WITH_IDS.length).toBeGreaterThanOrEqual(10);
    expect(ids).toEqual(
      expect.arrayContaining([
        'llm.updateKey',
        'platform.removeMember',
        'account.rotateApiKey',
        'platform.selectTenant',
      ]),
    );
  });

  describe('an id of another organisation in the path', () => {
    test.each(WITH_IDS.map((endpoint) => [endpoint.id, endpoint] as const))(
      '%s: 404, like one that never was, and nothing there changes',
      async (_id, endpoint) => {
        const before = await rowsOf(theirs);
        const never = randomUUID();
        // In the own project and in theirs, where the route names one.
        for (const project of [mine.ids.project, theirs.ids.projectOfKey]) {
          const missing = withoutIds(await callWith(endpoint, never, project), never);
          expect(missing).toMatch(/^404 /);
          for (const id of Object.values(theirs.ids))
            expect(withoutIds(await callWith(endpoint, id, project), id)).toBe(missing);
        }
        expect(await rowsOf(theirs)).toEqual(before);
      },
    );
  });

  describe('ids of another organisation in headers, query and body', () => {
    test.each(OTHERS.map((endpoint) => [endpoint.id, endpoint] as const))(
      '%s: nothing there changes, and nothing of it is answered',
      async (_id, endpoint) => {
        const before = await rowsOf(theirs);
        for (const id of Object.values(theirs.ids)) {
          const answer = await callWith(endpoint, id);
          // Without a payment provider what needs one is 503, and says so.
          if (answer.body['code'] !== 'billing.unconfigured') expect(answer.status).toBeLessThan(500);
          const told = Object.values(theirs.ids).filter((one) => one !== id && answer.text.includes(one));
          expect([told, answer.text.includes(theirs.slug)]).toEqual([[], false]);
        }
        expect(await rowsOf(theirs)).toEqual(before);
      },
    );
  });

  test('after all that both organisations are their owners’, as they were', async () => {
    for (const { id, owner, send, ids } of [mine, theirs]) {
      expect(await tokenOf(stack, owner, id)).toBeTruthy();
      expect((await send('GET', '/platform/api/service/info')).body).toMatchObject({ id, role: 'owner' });
      expect((await send('GET', `/trueportai-services/api/v1/keys/${ids.key}`)).body).toMatchObject({
        is_active: true,
      });
    }
  });
}

/** Takes what was counted back, and nothing else. */
async function forgetLimits(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  const counters = await redis.keys('{limit:*');
  if (counters.length > 0) await redis.del(...counters);
  await redis.quit();
}

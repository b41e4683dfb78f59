import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@turnpike/test-kit';
import { indexesOf, startExplainingPostgres, type ExplainingPostgres } from '@turnpike/test-kit/plans';
import { asService, call, createStores, openSession, startAuth, type AuthInstance, type Stores } from '../harness.ts';
import { memberCalls } from './members-harness.ts';
import { byKey } from './operator-calls.ts';

/** What operators and admins search by has an index that bounds it, by name: a list that reads a table from end to end shows only when there are many. */
export function searchesUseIndexesTests(): void {
  const ORGANISATIONS = 3_000;
  const LIST = '/platform/api/admin/tenants';

  let postgres: ExplainingPostgres;
  let database: TestDatabase;
  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    postgres = await startExplainingPostgres();
    database = await createTestDatabase('auth', postgres.url);
    for (const sql of [
      `INSERT INTO organisation (id, name, status, suspended_at, plan)
     SELECT uuid_v7(), 'Organisation ' || i, CASE WHEN i % 100 = 0 THEN 'suspended' ELSE 'active' END, now(), CASE WHEN i % 50 = 0 THEN 'pro' END
       FROM generate_series(1, ${ORGANISATIONS}) i`,
      `INSERT INTO organisation_slug (slug, organisation_id) SELECT 'slug-' || right(o.id::text, 12), o.id FROM organisation o`,
      `INSERT INTO audit_event (action, organisation_id) SELECT 'member.update', o.id FROM organisation o`,
      `INSERT INTO account (user_id, tier) SELECT uuid_v7(), 'free' FROM generate_series(1, ${ORGANISATIONS})`,
      `INSERT INTO identity (id, user_id, provider, subject, email, email_verified)
     SELECT uuid_v7(), a.user_id, 'email', a.user_id || '@example.com', a.user_id || '@example.com', true FROM account a`,
      'ANALYZE',
    ])
      await database.query(sql);
    await postgres.explain();
    const own = await createStores();
    stores = { ...own, env: { ...own.env, ...database.env } };
    auth = await startAuth(stores, { CREDITS_URL: 'http://127.0.0.1:1' });
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
    await database.drop();
    await postgres.dispose();
  });

  /** Indexes by which the statements of a call read a table. */
  async function indexesFor(table: string, work: () => Promise<{ status: number }>): Promise<string[]> {
    await postgres.ran();
    expect((await work()).status).toBe(200);
    const ran = await postgres.ran();
    return indexesOf(
      // What counts for a total reads 10,000 rows at most, by any index.
      ran.filter(({ application, sql }) => application === 'turnpike-auth' && !sql.includes('AS counted')),
      table,
    );
  }

  test.each([
    ['', 'organisation', ['organisation_pkey']],
    ['status=suspended', 'organisation', ['organisation_status_idx']],
    ['plan=pro', 'organisation', ['organisation_plan_idx']],
    ['q=organisation%201', 'organisation', ['organisation_name_idx', 'organisation_pkey']],
    [
      'q=slug-0',
      'organisation_slug',
      // In the collation C the primary key knows beginnings too.
      ['organisation_slug_organisation_id_idx', expect.stringMatching(/^organisation_slug_(?:pkey|prefix_idx)$/)],
    ],
    ['cursor=01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57', 'organisation', ['organisation_pkey']],
  ])('organisations by "%s" read %s by %j', async (query, table, indexes) => {
    expect(await indexesFor(table, () => byKey(auth, 'GET', `${LIST}?${query}`))).toEqual(indexes);
  });

  test('an organisation’s trail is read by its index, and people are found by that of their address', async () => {
    const owner = await openSession(auth);
    const { id } = await auth.context.database.prisma.organisation.findFirstOrThrow();
    const as = memberCalls(stores, auth, id);
    for (const query of ['', '?action=member.update'])
      expect(
        await indexesFor('audit_event', () => as(owner, 'owner', 'GET', `/platform/api/service/audit${query}`)),
      ).toEqual(['audit_event_organisation_id_idx']);
    const search = { body: { email: 'ann@example.com' }, headers: asService };
    expect(await indexesFor('identity', () => call(auth, 'POST', '/internal/auth/people/search', search))).toEqual([
      'identity_provider_subject_key',
      'identity_verified_email_idx',
    ]);
  });
}

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  asService,
  call,
  callAs,
  createStores,
  openSession,
  startAuth,
  type AuthInstance,
  type Stores,
} from '../harness.ts';
import { newOrganisation } from './members-harness.ts';

/** What other services are told of organisations, and what they may ask. */
export function organisationEventsTests(): void {
  let stores: Stores;
  let auth: AuthInstance;
  beforeAll(async () => {
    stores = await createStores();
    auth = await startAuth(stores);
  });
  afterAll(async () => {
    await auth.close();
    await stores.database.drop();
  });

  /** Events of an organisation, in the order in which they were written. */
  const eventsOf = (id: string): Promise<{ type: string; payload: unknown }[]> =>
    auth.context.database.query(
      "SELECT type, payload FROM outbox WHERE payload->>'organisation_id' = $1 ORDER BY id",
      id,
    );
  const read = (id: string) => call(auth, 'GET', `/internal/auth/organisations/${id}`, { headers: asService });

  test('one that was made is told of once, whose making was refused never', async () => {
    const session = await openSession(auth);
    const id = await newOrganisation(auth, session);
    const [slug] = await auth.context.database.query<{ slug: string }>(
      'SELECT slug FROM organisation_slug WHERE organisation_id = $1::uuid',
      id,
    );
    const refused = await callAs(auth, session, 'POST', '/platform/api/global/tenants', {
      name: 'Acme',
      slug: slug?.slug,
    });
    expect(refused.status).toBe(409);
    expect(await eventsOf(id)).toEqual([{ type: 'organisation.created', payload: { organisation_id: id } }]);
    expect((await read(id)).body).toEqual({ id, status: 'active', owner_id: session.userId });
  });

  test('one that ends with its only member is told of, with the change that it is', async () => {
    const session = await openSession(auth);
    const id = await newOrganisation(auth, session);
    expect((await callAs(auth, session, 'DELETE', '/api/v1/auth/me')).status).toBe(200);
    expect((await eventsOf(id)).at(-1)).toEqual({
      type: 'organisation.archived',
      payload: { organisation_id: id, revision: 1 },
    });
    expect((await read(id)).body).toEqual({ id, status: 'archived', owner_id: null });
  });

  test('one that does not exist is 404; only services may ask', async () => {
    expect((await read(randomUUID())).status).toBe(404);
    expect((await call(auth, 'GET', `/internal/auth/organisations/${randomUUID()}`)).status).toBe(403);
  });
}

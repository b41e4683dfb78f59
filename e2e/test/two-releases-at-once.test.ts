import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Turnpike } from '@turnpike/client';
import { verifyLedger, waitFor } from '@turnpike/test-kit';
import { balanceOf, callerAt, refusalOf, statusOf } from '../support/callers.ts';
import { hasPrograms } from '../support/recorded-programs.ts';
import { readRelease, RELEASES } from '../support/recorded-release.ts';
import { prepareTwoStacks, type Side, type TwoStacks } from '../support/two-stacks.ts';

/**
 * An upgrade from the newest recorded release, and the way back, under load: its programs run on its databases, those of this release come up beside them
 * and migrate, and go again. docs/upgrade.md says what is promised.
 */

const TIMEOUT_MS = 900_000;
const METERED = '/api/v1/timepoints/generate/sync';
const OWN_DATA = '/api/v1/users/me/timepoints';
const MODEL = '/trueportai-services/openai/v1/chat/completions';
const CREDITS = 100_000;
/** People who call at once, so that every process of both releases is called. */
const PEOPLE = 6;

const name = RELEASES.filter(hasPrograms).at(-1) ?? '';
const release = readRelease(name);
let stacks: TwoStacks;
const people: Person[] = [];

beforeAll(async () => {
  stacks = await prepareTwoStacks(name);
}, TIMEOUT_MS);
afterAll(async () => await stacks.dispose(), TIMEOUT_MS);

const at = (side: Side): Turnpike => callerAt(stacks.edgeUrls[side]);

/** Somebody with a session and an API key, who keeps the books of what they are told. */
class Person {
  /** Credits for calls of a backend, which cost whole ones. */
  charged = 0;
  /** Credits for calls of a model whose answers told it; a stream cannot. */
  chargedByModels = 0;
  readonly #email: string;
  #accessToken = '';
  #refreshToken = '';
  #apiKey = '';

  constructor(email: string) {
    this.#email = email;
  }

  at(side: Side): Turnpike {
    return at(side).as({ accessToken: this.#accessToken });
  }

  async signIn(side: Side): Promise<void> {
    const operator = at(side).as({ adminKey: stacks.adminKey });
    this.#take(await operator.call('auth.devToken', { body: { email: this.#email } }));
    const { id } = await this.at(side).call('auth.getMe');
    await operator.call('credits.adminGrant', { body: { user_id: id, amount: CREDITS } });
    this.#apiKey = (await this.makeKey(side, ['llm:invoke'])).text;
  }

  async project(side: Side): Promise<{ 'x-project-id': string }> {
    const { projects } = await this.at(side).call('account.getUser');
    return { 'x-project-id': projects[0]?.id ?? '' };
  }

  async makeKey(side: Side, scopes?: string[]): Promise<{ id: string; text: string }> {
    const { id, full_key: text } = await this.at(side).call('account.createApiKey', {
      headers: await this.project(side),
      body: { name: 'both releases', rate_limit_per_minute: 100_000, ...(scopes && { scopes }) },
    });
    return { id, text: text ?? '' };
  }

  async refresh(side: Side): Promise<void> {
    this.#take(await at(side).call('auth.refresh', { body: { refresh_token: this.#refreshToken } }));
  }

  /** One of each kind: a metered call, calls of a model with and without a stream, reads, an edit and a new access token. */
  async day(side: Side): Promise<void> {
    const caller = this.at(side);
    this.charged += await spent(caller, METERED, { query: 'Moon landing' });
    const prompt = { model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Say which release you are' }] };
    const key = at(side).as({ apiKey: this.#apiKey });
    this.chargedByModels += await spent(key, MODEL, prompt);
    let events = 0;
    for await (const { data } of key.events(MODEL, { method: 'POST', json: { ...prompt, stream: true } }))
      if (data !== '[DONE]') events += 1;
    expect(events).toBeGreaterThan(0);
    expect(await statusOf(caller.requestWithHeaders(OWN_DATA))).toBe(200);
    await this.refresh(side);
  }

  #take(tokens: { readonly access_token: string; readonly refresh_token: string }): void {
    this.#accessToken = tokens.access_token;
    this.#refreshToken = tokens.refresh_token;
  }
}

/** Makes a call and returns what it cost, in credits. */
async function spent(caller: Turnpike, path: string, json: unknown): Promise<number> {
  const { headers } = await caller.requestWithHeaders(path, { method: 'POST', json });
  const cost = Number(headers.get('x-credits-charged'));
  expect(cost).toBeGreaterThan(0);
  return cost;
}

/** People call, each at the edge whose turn it is, until the work is done and each has called everywhere. Throws what any call was refused with. */
async function whileCalling(sides: readonly Side[], work: () => Promise<void>): Promise<void> {
  let done = false;
  const calling = people.map(async (person, index) => {
    try {
      for (let turn = 0; !done || turn < sides.length; turn += 1)
        await person.day(sides[(index + turn) % sides.length] ?? 'before');
    } finally {
      done = true;
    }
  });
  const working = work().finally(() => (done = true));
  // What fails first ends the others, and no test ends while something still starts.
  const ended = await Promise.allSettled([...calling, working]);
  const failures = ended.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown);
  if (failures.length > 0) throw failures[0];
}

async function booksAddUp(side: Side): Promise<void> {
  for (const person of people) {
    const { balance, lifetime_earned: earned } = await person.at(side).call('credits.getBalance');
    expect((await person.at(side).call('usage.listRequests')).items.length).toBeGreaterThan(0);
    // Each answer of a model tells its cost in whole credits, rounded up; its stream costs as much, and tells nothing.
    const spentOnModels = earned - balance - person.charged;
    expect(spentOnModels).toBeGreaterThan(0);
    expect(spentOnModels).toBeLessThanOrEqual(2 * person.chargedByModels);
  }
  await verifyLedger({ DATABASE_URL: stacks.databaseUrl });
}

/** What is made at one edge counts at the other, and what ends at one has ended at the other. */
async function isOneInstallation(one: Side, other: Side): Promise<void> {
  const person = new Person(`${one}-${other}@example.com`);
  await person.signIn(one);
  const { id, text: apiKey } = await person.makeKey(one);
  expect(await statusOf(at(other).as({ apiKey }).requestWithHeaders(OWN_DATA))).toBe(200);
  await person.at(other).call('account.deleteApiKey', { headers: await person.project(other), params: { key_id: id } });
  for (const side of [one, other])
    await waitFor(async () => (await statusOf(at(side).as({ apiKey }).requestWithHeaders(OWN_DATA))) === 401);
  await person.day(other);
  await person.at(one).call('auth.logout', { body: {} });
  await waitFor(async () => (await statusOf(person.at(other).requestWithHeaders(OWN_DATA))) === 401);
}

describe(`the release of ${name} and this one`, () => {
  test(
    'the databases are migrated and this release comes up while people call the one before, and none is refused',
    async () => {
      await stacks.start('before');
      for (let number = 0; number < PEOPLE; number += 1) {
        const person = new Person(`person-${number}@example.com`);
        await person.signIn('before');
        people.push(person);
      }
      await whileCalling(['before'], async () => await stacks.start('now'));
      await booksAddUp('before');
    },
    TIMEOUT_MS,
  );

  test(
    'sessions, keys and balances of before go on, and what had ended stays ended',
    async () => {
      const tokens = await at('now').call('auth.refresh', { body: { refresh_token: release.refreshToken } });
      const session = at('now').as({ accessToken: tokens.access_token });
      expect(await session.call('auth.getMe')).toMatchObject({ id: release.userId, email: release.email });
      for (const side of ['before', 'now'] as const) {
        const key = at(side).as({ apiKey: release.apiKey });
        expect(await balanceOf(key)).toBe(release.balance);
        expect(await statusOf(key.requestWithHeaders(OWN_DATA))).toBe(200);
        const ended = at(side).as({ apiKey: release.endedApiKey }).requestWithHeaders(OWN_DATA);
        expect(await statusOf(ended)).toBe(401);
      }
      const ended = at('now').call('auth.refresh', { body: { refresh_token: release.endedRefreshToken } });
      expect((await refusalOf(ended)).status).toBe(401);
    },
    TIMEOUT_MS,
  );

  test(
    'both are one installation: people spend at both edges, on backends and models, and every service of either is called by either',
    async () => {
      await whileCalling(['before', 'now'], async () => {
        await isOneInstallation('before', 'now');
        await isOneInstallation('now', 'before');
        const operator = at('now').as({ adminKey: stacks.adminKey });
        // A figure that the release before does not give is left out; none of its services counts as down.
        for (let turn = 0; turn < PEOPLE; turn += 1)
          expect((await operator.call('platform.adminStats')).partial).toEqual([]);
      });
      const notCalled = (): string[] =>
        Object.entries(stacks.connections()).flatMap(([way, given]) => (given === 0 ? [way] : []));
      // Usage is asked for little: at once, so that the calls share no connection.
      for (let turn = 0; turn < 10 && notCalled().length > 0; turn += 1)
        await Promise.all(
          people.flatMap((person) =>
            (['before', 'now'] as const).map((side) => person.at(side).call('usage.listRequests')),
          ),
        );
      expect(notCalled()).toEqual([]);
      await booksAddUp('now');
    },
    TIMEOUT_MS,
  );

  test(
    'the way back: this release goes while people call, the one before works on what it left, and starts on it again',
    async () => {
      const left = new Person('left@example.com');
      await left.signIn('now');
      await left.day('now');
      people.push(left);
      await whileCalling(['before'], async () => await stacks.stop('now'));
      await booksAddUp('before');
      await stacks.stop('before');
      await stacks.start('before');
      await whileCalling(['before'], async () => await Promise.resolve());
      await booksAddUp('before');
    },
    TIMEOUT_MS,
  );
});

import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Turnpike } from '@turnpike/client';
import type { Place } from '@turnpike/contracts/openapi';
import { bodiesFor, textsFor, type Find } from '../../support/arbitrary-values.ts';
import { signInAs, statusOf } from '../../support/callers.ts';
import { takeFaults } from '../../support/checked-fetch.ts';
import { defaultStack } from '../../support/default-stack.ts';
import { ServedContract, type Operation } from '../../support/served-contract.ts';
import type { TempStack } from '../../support/temp-stack.ts';

/** Every operation that the gateway's own document lists, sent what it should refuse and what nobody thought of. */

const START_TIMEOUT_MS = 900_000;
const EACH_TIMEOUT_MS = 600_000;
/** Requests with arbitrary parameters and bodies for each operation. */
const RUNS = 15;
/** Longer than any body that an operation of ours takes, and than any header; short enough to be sent whole before it is refused. In bytes. */
/** Past the largest body that any operation takes. */
const BODY_BYTES = 1_100_000;
const HEADER_BYTES = 20_000;

let temp: TempStack;
let served: ServedContract;
let places: Place<Operation>[] = [];
let find: Find;
beforeAll(async () => {
  temp = defaultStack();
  served = await ServedContract.of(temp.stack.info.edge_url);
  // What backends take and answer is their own.
  places = served.places.filter(({ operation }) => !operation.tags.includes('Backends'));
  find = (reference) => served.schema(reference);
}, START_TIMEOUT_MS);

interface Sent {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Somebody who may call the operation. */
async function callerOf({ security }: Operation, name: string): Promise<Turnpike> {
  const { admin_api_key: adminKey, service_api_key: serviceKey } = temp.stack.info;
  const scheme = Object.keys(security?.[0] ?? {})[0];
  if (scheme === 'accessToken') return signInAs(temp.visitor, adminKey, `${name.toLowerCase()}@example.com`);
  if (scheme === 'serviceKey') return temp.visitor.as({ serviceKey });
  return scheme === 'adminKey' ? temp.visitor.as({ adminKey }) : temp.visitor;
}

const EXAMPLE_ID = '01981e6c-7a51-7d3e-9c4f-2b8f0a6d1e57';

async function statusFrom(caller: Turnpike, place: Place<Operation>, sent: Sent = {}): Promise<number> {
  const { params = {}, query, headers, body } = sent;
  const path = place.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(params[name] ?? EXAMPLE_ID),
  );
  const call = { method: place.method, query, headers: { 'Content-Type': 'application/json', ...headers }, body };
  return statusOf(caller.fetch(path, call));
}

const withBody = () => places.filter(({ operation }) => operation.requestBody !== undefined);
const named = ({ operation: { operationId } }: Place<Operation>): string => operationId;

/** Sends the same to each and returns those that answer otherwise than `status`. */
async function othersThan(
  statuses: readonly number[],
  all: readonly Place<Operation>[],
  sent: Sent,
  as: (place: Place<Operation>) => Promise<Turnpike> | Turnpike = (place) => callerOf(place.operation, named(place)),
): Promise<string[]> {
  const others: string[] = [];
  for (const place of all) {
    const status = await statusFrom(await as(place), place, sent);
    // Some are limited more narrowly than that many calls, and some ask for a token within an organisation first.
    const isElsewhere = status === 429 || (status === 403 && /^\/(?:platform|trueportai-services)\//.test(place.path));
    if (!statuses.includes(status) && !isElsewhere) others.push(`${named(place)} ${status}`);
  }
  return others;
}

describe('every operation refuses', () => {
  test(
    'a caller without a credential',
    async () => {
      const guarded = places.filter(({ operation }) => (operation.security?.length ?? 0) > 0);
      expect(guarded.length).toBeGreaterThan(50);
      expect(await othersThan([401, 403], guarded, {}, () => temp.visitor)).toEqual([]);
    },
    EACH_TIMEOUT_MS,
  );

  test(
    'headers that are too large: 431',
    async () => {
      const headers = { 'X-Large': 'x'.repeat(HEADER_BYTES) };
      expect(await othersThan([431], places, { headers }, () => temp.visitor)).toEqual([]);
    },
    EACH_TIMEOUT_MS,
  );

  test.each<[string, number[], Sent]>([
    ['a body that is no JSON: 400', [400], { body: '{"a":' }],
    ['a body of another kind: 415', [415], { body: 'a', headers: { 'Content-Type': 'text/csv' } }],
    ['a body that is too large: 413', [413], { body: `"${'x'.repeat(BODY_BYTES)}"` }],
  ])(
    '%s',
    async (_what, statuses, sent) => {
      expect(withBody().length).toBeGreaterThan(40);
      expect(await othersThan(statuses, withBody(), sent)).toEqual([]);
    },
    EACH_TIMEOUT_MS,
  );
});

/** Whole requests for an operation. */
function requestsFor({ operation }: Place<Operation>): fc.Arbitrary<Sent> {
  const part = (where: string): fc.Arbitrary<Record<string, string>> => {
    const own = (operation.parameters ?? []).filter((one) => one.in === where);
    return fc.record(
      Object.fromEntries(
        own.map(({ name, schema }) => [name, textsFor(schema, find).filter((text) => isSendable(text, where))]),
      ),
      { requiredKeys: own.filter(({ required }) => required).map(({ name }) => name) },
    ) as fc.Arbitrary<Record<string, string>>;
  };
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  return fc.record({
    params: part('path'),
    query: part('query'),
    headers: part('header'),
    body: schema === undefined ? fc.constant(undefined) : bodiesFor(schema, find).map((value) => JSON.stringify(value)),
  });
}

/** A path's dots and an empty segment lead elsewhere, and a header carries visible characters only. */
function isSendable(text: string, where: string): boolean {
  if (where === 'path') return !/^\.{0,2}$/.test(text);
  return where !== 'header' || /^[\x21-\x7e]+$/.test(text);
}

test(
  'arbitrary requests never give a 5xx, and every answer is as documented',
  async () => {
    const accepted = new Set<string>();
    for (const place of places) {
      const caller = await callerOf(place.operation, `any-${named(place)}`);
      // A failure prints its seed; `{ seed, path }` here repeats it.
      await fc.assert(
        fc.asyncProperty(requestsFor(place), async (sent) => {
          const status = await statusFrom(caller, place, sent);
          const faults = takeFaults();
          if (status < 400) accepted.add(named(place));
          // No provider is configured here.
          const isOutage = status >= 500 && !(status === 503 && /Apple|Google|GitHub|Stripe/i.test(named(place)));
          expect({ operation: named(place), faults, isOutage }).toEqual({
            operation: named(place),
            faults: [],
            isOutage: false,
          });
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    }
    // Many pass what only looks at shapes, so it is not all refused at the door.
    expect(accepted.size).toBeGreaterThan(30);
  },
  EACH_TIMEOUT_MS,
);

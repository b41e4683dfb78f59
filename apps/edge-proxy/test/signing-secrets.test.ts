import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { verifyGatewaySignature } from '@turnpike/contracts';
import { KEYS } from './support/keys.ts';
import { startLoneEdge, type LoneEdge } from './support/lone-edge.ts';
import { startRawUpstream, type RawUpstream, type Received } from './support/raw-upstream.ts';

/** Each receiver verifies with a secret that signs for nobody else: our own services, backends, and a backend with one of its own. */

const ROUTES = `
version: 1
upstreams:
  shared: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY }
  own: { url: RAW_URL, serviceKey: RAW_SERVICE_KEY, signingSecret: OWN_SIGNING_SECRET }
routes:
  - { id: shared, path: /shared, methods: any, upstream: shared, auth: public, charge: none, limit: tier, scope: none }
  - { id: own, path: /own, methods: any, upstream: own, auth: public, charge: none, limit: tier, scope: none }
`;
const OWN_SIGNING_SECRET = 'the-secret-of-one-backend-0123456789abcdef';

let lone: LoneEdge;
let credits: RawUpstream;

beforeAll(async () => {
  credits = await startRawUpstream();
  lone = await startLoneEdge(
    { OWN_SIGNING_SECRET: `${OWN_SIGNING_SECRET},the-one-before`, CREDITS_URL: credits.url },
    ROUTES,
  );
});
afterAll(async () => {
  await lone.stop();
  await credits.close();
});

/** The secrets, by their variables, with which a request as received is signed. */
function signers({ received }: { readonly received: readonly Received[] }): string[] {
  const { method = '', target = '', headers = {} } = received.at(-1) ?? {};
  const presented = {
    signature: String(headers['x-gateway-signature']),
    timestamp: String(headers['x-gateway-timestamp']),
    method,
    path: target,
    userId: '',
  };
  const secrets = { ...KEYS, OWN_SIGNING_SECRET };
  return Object.entries(secrets).flatMap(([name, secret]) =>
    verifyGatewaySignature([secret], presented, Math.floor(Date.now() / 1_000)) === 'valid' ? [name] : [],
  );
}

test.each([
  ['/shared', 'GATEWAY_SIGNING_SECRET'],
  ['/own', 'OWN_SIGNING_SECRET'],
])('what goes to the backend of %s is signed with %s', async (target, name) => {
  await lone.send(target);
  expect(signers(lone.upstream)).toEqual([name]);
});

test('what goes to a service of ours is signed with a secret that no backend is given', async () => {
  await lone.send('/api/v1/credits/costs');
  expect(signers(credits)).toEqual(['INTERNAL_SIGNING_SECRET']);
});

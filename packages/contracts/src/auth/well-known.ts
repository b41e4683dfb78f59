import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';

/** Seconds a verifier may keep the key set. A new key is published for longer than this before it signs. */
export const JWKS_MAX_AGE_SECONDS = 300;

/** A public signing key (RFC 7517). Never holds private members. */
export const publicJwk = z.discriminatedUnion('kty', [
  z.strictObject({
    kty: z.literal('EC'),
    kid: z.string(),
    use: z.literal('sig'),
    alg: z.literal('ES256'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
  }),
  z.strictObject({
    kty: z.literal('RSA'),
    kid: z.string(),
    use: z.literal('sig'),
    alg: z.literal('RS256'),
    n: z.string(),
    e: z.string(),
  }),
]);
export type PublicJwk = z.output<typeof publicJwk>;

export const jwks = defineEndpoint({
  id: 'auth.jwks',
  owner: 'auth',
  family: 'well-known',
  method: 'GET',
  path: '/.well-known/jwks.json',
  access: 'public',
  summary: 'Public keys of the access tokens',
  description: 'Keys that sign, are about to sign, or signed tokens that may still live. Empty with `HS256`.',
  responses: { 200: z.object({ keys: z.array(publicJwk) }) },
  errors: ['service.unavailable'],
});

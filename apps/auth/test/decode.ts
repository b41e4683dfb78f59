import { z } from 'zod';

const header = z.looseObject({ alg: z.string(), kid: z.string().optional() });
const payload = z.looseObject({
  sub: z.string(),
  sid: z.string(),
  jti: z.string(),
  iat: z.number(),
  exp: z.number(),
  tier: z.string(),
});

/** The parts of an access token, unverified. */
export function decodeAccessToken(token: string): {
  header: z.output<typeof header>;
  payload: z.output<typeof payload>;
} {
  const [head, body] = token.split('.').map((segment) => Buffer.from(segment, 'base64url').toString());
  return { header: header.parse(JSON.parse(head ?? '')), payload: payload.parse(JSON.parse(body ?? '')) };
}

import { jwks, JWKS_MAX_AGE_SECONDS } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';

export const jwksRoute = ({ keyRing }: Context) =>
  route(jwks, () => ({
    status: 200,
    body: { keys: [...keyRing.published()] },
    headers: { 'Cache-Control': `public, max-age=${JWKS_MAX_AGE_SECONDS}` },
  }));

import { HEADER, introspect } from '@turnpike/contracts';
import { route } from '@turnpike/service-kit';
import type { Context } from '../../context.ts';
import { introspectCredential } from '../domain/introspection.ts';

export const introspectRoute = ({ credentialKinds, figures }: Context) =>
  route(introspect, async ({ body }) => {
    const answer = await introspectCredential(credentialKinds, body.token);
    figures.introspections.inc({ result: answer.active ? 'active' : answer.reason });
    if (answer.active) return { status: 200, body: answer };
    return { status: 200, body: { active: false }, headers: { [HEADER.inactiveReason]: answer.reason } };
  });

import { operatorRoleAtLeast, roleAtLeast, type OperatorNeeds } from '@turnpike/contracts';
import { AppError } from '@turnpike/service-kit';
import type { Principal } from '../domain/principal.ts';
import type { Route } from '../domain/route.ts';

/** Decides whether a known caller may use a route, by what auth says of it now. Throws 403. */
export function admit(principal: Principal, route: Route, nowMs: number): void {
  const { keyId, organisation, scopes } = principal;
  if (route.provider !== undefined && keyId === undefined)
    throw new AppError('auth.key_invalid', { detail: 'An access token cannot be used here: give an API key (sk-…).' });
  if (keyId !== undefined) {
    if (!route.apiKeys) throw new AppError('auth.scope_missing', { detail: 'API keys cannot be used here; sign in.' });
    if (route.scope !== undefined && !scopes.includes(route.scope) && !scopes.includes('*')) {
      throw new AppError('auth.scope_missing', {
        detail: `This API key lacks the scope ${route.scope}.`,
        extra: { scope: route.scope },
      });
    }
  }
  if (organisation !== undefined && !route.acceptsScoped)
    throw new AppError('auth.forbidden', { detail: 'This route is about the person: use a token of no organisation.' });
  if (route.access === 'tenant' && organisation === undefined)
    throw new AppError('tenant.not_selected', { detail: 'Select an organisation first.' });
  if (route.operator !== undefined) requireOperator(principal, route.operator, nowMs);
  if (organisation !== undefined && route.minRole !== undefined && keyId === undefined) {
    if (organisation.role === undefined || !roleAtLeast(organisation.role, route.minRole))
      throw new AppError('tenant.role_insufficient', {
        detail: `This needs the role ${route.minRole} in the organisation, or a higher one.`,
        extra: { required_role: route.minRole },
      });
  }
}

function requireOperator({ operator, keyId }: Principal, { role, sessionMsMax }: OperatorNeeds, nowMs: number): void {
  if (operator === undefined || keyId !== undefined)
    throw new AppError('auth.forbidden', { detail: 'This route is for operators.' });
  if (!operatorRoleAtLeast(operator.role, role))
    throw new AppError('auth.forbidden', { detail: `This needs an operator with the role ${role}.` });
  if (nowMs - operator.signedInAtMs > sessionMsMax)
    throw new AppError('auth.reauthentication_required', {
      detail: `The session is older than ${sessionMsMax / 60_000} minutes: sign in again.`,
    });
}

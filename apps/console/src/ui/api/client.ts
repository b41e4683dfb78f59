import { Turnpike, type OperationId, type Operations } from '@turnpike/client';
import { SCOPE_HEADERS, type Provider, type SessionView, type SignIn } from '../../shared/session-view.ts';
import { fetchTogether } from './reads.ts';

/** Where a screen works: in an organisation and one of its environments, or (`undefined`) in one's own account. */
export interface Scope {
  readonly organisation: string;
  readonly environment: 'prod' | 'test';
}

/** The session is at the console, so no call has a credential; `retriesMax` is low, since somebody waits. */
const options = { baseUrl: `${globalThis.location.origin}/api`, retriesMax: 1, fetch: fetchTogether };

function clientIn(scope: Scope | undefined): Turnpike {
  if (scope === undefined) return new Turnpike(options);
  const headers = { [SCOPE_HEADERS.organisation]: scope.organisation, [SCOPE_HEADERS.environment]: scope.environment };
  return new Turnpike({
    ...options,
    fetch: (url, init) =>
      fetchTogether(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } }),
  });
}

const clients = new Map<string, Turnpike>();

/** The client of the gateway that works there. */
export function apiIn(scope: Scope | undefined): Turnpike {
  const name = scope === undefined ? '' : `${scope.organisation} ${scope.environment}`;
  const client = clients.get(name) ?? clientIn(scope);
  clients.set(name, client);
  return client;
}

/** Calls an operation. */
export function call<Id extends OperationId>(
  scope: Scope | undefined,
  id: Id,
  args: Operations[Id]['takes'],
): Promise<Operations[Id]['answers']> {
  return apiIn(scope).call(id, args);
}

/** The console's own answers, in the same errors as the gateway's. */
const own = new Turnpike({ baseUrl: globalThis.location.origin, retriesMax: 1 });

export function readSession(): Promise<SessionView> {
  return own.request<SessionView>('/session');
}

export function signIn(how: SignIn): Promise<unknown> {
  return own.request('/session', { method: 'POST', json: how, retriesMax: 0 });
}

export function signOut(): Promise<unknown> {
  return own.request('/session', { method: 'DELETE' });
}

/** Begins to add a provider to the account; gives where the browser goes. It comes back to `next`, a path of the console. */
export function beginLink(provider: Provider, next: string): Promise<{ readonly url: string }> {
  return own.request(`/sign-in/links/${provider}`, { method: 'POST', query: { next }, retriesMax: 0 });
}

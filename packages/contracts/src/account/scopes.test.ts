import { describe, expect, test } from '@jest/globals';
import { firstPartyEndpoints } from '../endpoints.ts';
import { API_SCOPES, apiKeyScopes, DEFAULT_API_KEY_SCOPES } from './scopes.ts';

describe('scopes', () => {
  test('every scope that a first-party route asks for is in the list, so a key can be given it', () => {
    const asked = firstPartyEndpoints.flatMap(({ scope }) => (scope === undefined ? [] : [scope]));
    expect(asked.length).toBeGreaterThan(0);
    for (const scope of asked) expect(Object.keys(API_SCOPES)).toContain(scope);
  });

  test('only routes of signed-in users and of members ask for one', () => {
    for (const { id, access, scope } of firstPartyEndpoints) {
      if (scope !== undefined) expect({ id, open: ['user', 'tenant'].includes(access) }).toEqual({ id, open: true });
    }
  });

  test('no route that manages keys, projects, sessions or the account has one: API keys cannot reach it', () => {
    const managing = firstPartyEndpoints.filter(
      ({ path, method, access }) =>
        ['user', 'tenant'].includes(access) && (method !== 'GET' || /keys|projects|sessions|audit/.test(path)),
    );
    expect(managing.length).toBeGreaterThan(8);
    for (const { id, scope } of managing) expect({ id, scope }).toEqual({ id, scope: undefined });
  });

  test('the default is well formed and leaves the download of all personal data out', () => {
    expect(apiKeyScopes.parse([...DEFAULT_API_KEY_SCOPES])).toHaveLength(Object.keys(API_SCOPES).length - 1);
    expect(DEFAULT_API_KEY_SCOPES).not.toContain('users:export');
  });
});

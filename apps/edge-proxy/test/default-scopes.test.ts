import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { API_SCOPES } from '@turnpike/contracts';

describe('the default routes file', () => {
  test('asks for known scopes only, so a key made today can be given them', () => {
    const { routes } = parse(readFileSync(new URL('../routes.yaml', import.meta.url), 'utf8')) as {
      routes: { id: string; scope: string }[];
    };
    const asked = routes.map(({ scope }) => scope);
    expect(asked.length).toBeGreaterThan(0);
    for (const scope of asked) expect(Object.keys(API_SCOPES)).toContain(scope);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '../infra/repository.ts';
import { exportsAndPlansTests } from './portal/exports-and-plans.ts';
import { keysTests } from './portal/keys.ts';
import { organisationTests } from './portal/organisation.ts';
import { ownAccountTests } from './portal/own-account.ts';
import { policiesTests } from './portal/policies.ts';
import { screensTests } from './portal/screens.ts';
import { endWalk, startWalk, TIMEOUT_MS, walk } from './portal/walk.ts';
import { waysInTests } from './portal/ways-in.ts';

beforeAll(startWalk, TIMEOUT_MS);
afterAll(endWalk, TIMEOUT_MS);

// In this order: each goes on from what the ones before it made.
describe('a developer', () => {
  keysTests();
  organisationTests();
  policiesTests();
  exportsAndPlansTests();
  ownAccountTests();
});

describe('ways to sign in', () => waysInTests(() => walk));

screensTests();

test('the first screen needs 150 kB, a screen 100 and charts 130, compressed', () => {
  const folder = path.join(repositoryRoot, 'apps/console/dist/ui');
  const sizeOf = (name: string): number => readFileSync(path.join(folder, 'assets', `${name}.gz`)).length;
  const names = readdirSync(path.join(folder, 'assets')).filter((name) => name.endsWith('.js'));
  const html = readFileSync(path.join(folder, 'index.html'), 'utf8');
  const first = [...html.matchAll(/assets\/([\w.-]+\.(?:js|css))"/g)].map(([, name = '']) => sizeOf(name));
  expect(first.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000);
  const others = names.filter((name) => !html.includes(name));
  for (const name of others)
    expect([name, sizeOf(name) <= (name.startsWith('time-chart') ? 130_000 : 100_000)]).toEqual([name, true]);
});

import { describe, expect, test } from '@jest/globals';
import { pins, readYaml } from '../infra/repository.ts';
import { files, textOf } from './files.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

const manifests = files.filter((file) => /(?:^|\/)package\.json$/.test(file) && !file.includes('/test/'));

test.each(manifests)('%s has the version and the licence of all', (file) => {
  const { version, license } = JSON.parse(textOf(file)) as Manifest;
  expect({ version, license }).toEqual({ version: pins.version, license: 'Apache-2.0' });
});

test('the licence is the one that the manifests name', () => {
  expect(textOf('LICENSE')).toMatch(/^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
});

test('the change log begins with this version, or with what comes after it', () => {
  const headings = [...textOf('CHANGELOG.md').matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
  expect(headings.filter((heading) => heading !== 'Unreleased')[0]).toMatch(
    new RegExp(`^${pins.version.replaceAll('.', '\\.')}( |$)`),
  );
});

test('every package and app has a page for readers', () => {
  const folders = manifests
    .filter((file) => file.includes('/'))
    .map((file) => file.replace('package.json', 'README.md'));
  expect(folders.filter((readme) => !files.includes(readme))).toEqual([]);
});

describe('what a contributor’s tools read', () => {
  test('the Node version is the one that is pinned', () => {
    expect(textOf('.nvmrc').trim()).toBe(pins.devDependencies['node']);
  });

  test('continuous integration runs what contributors run, with no right to write', () => {
    const workflow = readYaml('.github/workflows/ci.yml') as {
      permissions: unknown;
      jobs: Record<string, { steps: { run?: string; uses?: string }[] }>;
    };
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    expect(steps.flatMap(({ run }) => run ?? [])).toContain('.ci/run');
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@v\d+$/);
  });

  test('updates are looked for wherever something is pinned', () => {
    const { updates } = readYaml('.github/dependabot.yml') as { updates: { 'package-ecosystem': string }[] };
    expect(updates.map((update) => update['package-ecosystem']).toSorted()).toEqual([
      'docker',
      'docker-compose',
      'github-actions',
      'npm',
    ]);
  });
});

describe('decision records', () => {
  const records = files.filter((file) => file.startsWith('docs/adr/'));

  test('are numbered without a gap', () => {
    const numbers = records.map((file) => Number(/\/(\d{4})-why-[a-z0-9-]+\.md$/.exec(file)?.[1]));
    expect(numbers).toEqual(records.map((_file, index) => index + 1));
  });

  test.each(records)('%s has its number and its status', (file) => {
    const number = Number(/\/(\d{4})-/.exec(file)?.[1]);
    expect(textOf(file)).toMatch(
      new RegExp(
        `^# ${number}\\. [^\\n]+\\n\\nStatus: (?:proposed|accepted|superseded by \\[ADR \\d+\\]\\([^)]+\\))\\n\\n`,
      ),
    );
  });
});

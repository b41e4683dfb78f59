import { globSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { DEFAULT_TIERS } from '@turnpike/service-kit';
import { generatedFiles } from '../build/generated-files.ts';
import { metrics } from '../build/metrics-page.ts';
import { readText, repositoryRoot } from '../build/repository.ts';
import { routesFileJsonSchema } from '../build/routes-file.ts';
import { serviceSettings } from '../build/settings.ts';

/** House rule: what is written from the sources is written anew with every change of them. */
test.each(Object.entries(generatedFiles))('%s is what `npx -y pnpm@12 reference` writes', (file, write) => {
  expect(readText(file)).toBe(write());
  // A default that is bytes has no place on a page.
  expect(readText(file)).not.toMatch(/[^\P{Cc}\n]|\uFFFD/u);
});

const settings = [...serviceSettings].flatMap(([service, all]) => all.map((setting) => [service, setting] as const));

test('editors take the default routes file, and see a misspelled word', () => {
  const validate = new Ajv2020({ formats: { uri: true } }).compile(JSON.parse(routesFileJsonSchema()) as object);
  const file = parse(readText('apps/edge-proxy/routes.yaml')) as { routes: object[] };
  expect(validate(file)).toBe(true);
  expect(validate({ ...file, routes: file.routes.map((route) => ({ ...route, colour: 'red' })) })).toBe(false);
});

test('the page for callers has the limits of every tier', () => {
  const named = { free: '`free`', pro: '`pro`', enterprise: '`enterprise`', anonymous: 'nobody signed in, by address' };
  for (const [tier, name] of Object.entries(named)) {
    const { per_minute, per_day, concurrent } = DEFAULT_TIERS[tier] ?? {};
    const numbers = [per_minute, per_day, concurrent].map((limit) => limit?.toLocaleString('en-US') ?? '');
    expect(readText('docs/first-call.md').replaceAll(/ +/g, ' ')).toContain(
      `| ${name} | ${numbers.join(' | ')} |`.replaceAll(/ +/g, ' '),
    );
  }
});

describe('house rules of metrics', () => {
  const all = metrics();

  test('each has a name of its own kind, and says what it counts in a sentence', () => {
    for (const metric of all) {
      expect(metric).toMatchObject({
        name: expect.stringMatching(metric.kind === 'counter' ? /_total$/ : /_[a-z]+$/),
        help: expect.stringMatching(/^\S.{5,}\.$/),
      });
    }
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  test('none is registered that the page does not tell of', () => {
    const files = globSync(['apps/*/src/**/*.ts', 'packages/service-kit/src/**/*.ts'], { cwd: repositoryRoot });
    for (const file of files.filter((one) => !one.endsWith('.test.ts'))) {
      const told = new Set(all.flatMap((metric) => (metric.file === file ? [metric.name] : [])));
      const written = [
        ...readText(file).matchAll(
          /(?:\bname: |\b(?:counter|gauge|upstreamGauge)\(\s*)'([a-z]+(?:_[a-z]+)+)',?\s+(?:help: )?['"]/g,
        ),
      ];
      expect({ file, missing: written.flatMap(([, name = '']) => (told.has(name) ? [] : [name])) }).toEqual({
        file,
        missing: [],
      });
      const made = [...readText(file).matchAll(/new (?:Prepared)?(?:Counter|Gauge|Histogram)[<(]/g)].length;
      expect(told.size).toBeGreaterThanOrEqual(made);
    }
  });
});

describe('house rules of settings', () => {
  test('each says what it means in a sentence', () => {
    const silent = settings.filter(([, { meaning }]) => !/^\S.{10,}\.$/s.test(meaning));
    expect(silent.map(([service, { name }]) => `${service}: ${name}`)).toEqual([]);
  });

  test('none repeats its default in words, which would go stale', () => {
    const repeated = settings.filter(([, { meaning }]) => /\bdefault (?!is\b)|\bby default|\bDefault\b/.test(meaning));
    expect(repeated.map(([service, { name, meaning }]) => `${service}: ${name}: ${meaning}`)).toEqual([]);
  });

  test('a unit that is meant stands in the name', () => {
    for (const [, { name, meaning, unit }] of settings) {
      const meant = /\bin (milliseconds|seconds|days|bytes)\b/.exec(meaning)?.[1];
      if (meant !== undefined) expect({ name, unit: unit.split(' ', 1)[0] }).toEqual({ name, unit: meant });
    }
  });

  test('what looks like a secret says whether it is one', () => {
    const looksSecret = /SECRET|PASSWORD$|PRIVATE|_KEY$|^(?:DATABASE|REDIS|SMTP)_URL$/;
    const undecided = settings.filter(([, { name, secret }]) => looksSecret.test(name) && secret === undefined);
    expect(undecided.map(([service, { name }]) => `${service}: ${name}`)).toEqual([]);
  });
});

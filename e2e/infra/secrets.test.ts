import { describe, expect, test } from '@jest/globals';
import { composeFile, variablesIn } from './compose-file.ts';
import { folders, kustomizationOf, laidOver, manifestsIn, podOf } from './manifests.ts';
import { readText } from './repository.ts';

/** Each container is given the secrets that it needs and no others: those that the table of infra/README.md says. */

interface Row {
  /** Its name in `.env`. */
  readonly name: string;
  /** Its key in the Secret, where that is another one. */
  readonly key: string;
  readonly holders: readonly string[];
}

const rows: Row[] = readText('infra/README.md')
  .split('\n')
  .flatMap((line) => {
    const [, names = '', heldBy = ''] = /^\| (`[A-Z0-9_]+`.*?) \| (.*?) \|/.exec(line) ?? [];
    const inParentheses = /\(`([A-Z0-9_]+)`\)/.exec(names)?.[1];
    // What stands behind a semicolon is nobody of ours.
    const holders = (heldBy.split(';')[0] ?? '').split(', ');
    return [...names.replace(/\(.*\)/, '').matchAll(/`([A-Z0-9_]+)`/g)].map(([, name = '']) => ({
      name,
      key: inParentheses ?? name,
      holders,
    }));
  });

const looksSecret = (name: string): boolean =>
  /SECRET|PASSWORD|PRIVATE|_KEY$|(DATABASE|REDIS|SMTP|STORE)_URL$|^AZURE_OPENAI_RESOURCES$/.test(name);

function heldBy(container: string, by: 'name' | 'key'): string[] {
  return rows.filter(({ holders }) => holders.includes(container)).map((row) => row[by]);
}

describe.each(Object.entries(composeFile.services))('%s under docker compose', (name, { environment = {} }) => {
  test('holds what the table says', () => {
    const used = Object.values(environment).flatMap((value) => variablesIn(String(value)).map((use) => use.name));
    expect([...new Set(used.filter(looksSecret))].toSorted()).toEqual(heldBy(name, 'name').toSorted());
  });
});

// As the example is tried, which compose has too.
const pods = folders
  .flatMap((folder) => manifestsIn(folder))
  .filter(({ spec }) => spec.template !== undefined)
  .map((pod) => laidOver(pod, kustomizationOf('with-example')));

describe.each(pods.map((pod) => [pod.metadata.name.replace('turnpike-', ''), pod] as const))(
  '%s on Kubernetes',
  (name, pod) => {
    test('holds what the table says', () => {
      const { env = [] } = podOf(pod).container;
      const keys = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? []);
      expect(keys.toSorted()).toEqual(heldBy(name, 'key').toSorted());
    });
  },
);

test('the table names every secret of .env, and nobody that is not there', () => {
  const settings = readText('.env.example').split('\n');
  const secrets = settings.flatMap((line) => /^#?([A-Z0-9_]+)=/.exec(line)?.[1] ?? []).filter(looksSecret);
  expect(rows.map(({ name }) => name).toSorted()).toEqual(secrets.toSorted());
  const containers = Object.keys(composeFile.services);
  for (const { holders } of rows) expect(holders.filter((holder) => !containers.includes(holder))).toEqual([]);
});

test('the user of the services is the same wherever Redis is set up', () => {
  const rules = /~\{turnpike\}\* .*\+info/;
  const [ours] = rules.exec(readText('packages/local-stack/src/stores/redis.ts')) ?? [];
  expect(ours).toContain('-@admin -@dangerous');
  for (const file of ['docker-compose.yml', 'infra/README.md']) expect(readText(file)).toContain(`${ours}\n`);
});

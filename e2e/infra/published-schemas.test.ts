import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ComposeFile } from './compose-file.ts';
import { rendered } from './kustomize.ts';
import { podOf, type Manifest } from './manifests.ts';
import { faultsOfCompose, faultsOfObject } from './published-schemas.ts';
import { readYaml, readYamlDocuments, repositoryRoot } from './repository.ts';

/** Manifests against the schemas of Kubernetes' API, as they are applied; compose files against the compose specification. */

const exclude = ['**/node_modules', '.*/**'];
const folders = globSync('**/kustomization.yaml', { cwd: repositoryRoot, exclude })
  .map((file) => path.dirname(file))
  // Components are no use on their own.
  .filter((folder) => (readYaml(`${folder}/kustomization.yaml`) as { kind: string }).kind === 'Kustomization');
const composeFiles = globSync('**/{docker-compose.yml,*compose.yaml}', { cwd: repositoryRoot, exclude });

test('every way of running is among them', () => {
  expect(folders.toSorted()).toEqual([
    'examples/orders',
    'infra/k8s/base',
    'infra/k8s/migration',
    'infra/k8s/with-example',
  ]);
  expect(composeFiles.toSorted()).toEqual([
    'docker-compose.yml',
    'examples/orders/compose.yaml',
    'infra/clickhouse.compose.yaml',
    'infra/observability/compose.yaml',
  ]);
});

describe.each(folders)('%s', (folder) => {
  const objects = rendered(folder);

  test('is what the API takes', async () => {
    expect(objects).not.toHaveLength(0);
    for (const object of objects) {
      const faults = await faultsOfObject(object);
      expect({ object: `${object.kind} ${object.metadata.name}`, faults }).toMatchObject({ faults: [] });
    }
  });

  test('is in one namespace, and runs the release with what all pods share', () => {
    for (const object of objects) {
      expect(object.metadata).toMatchObject({
        namespace: 'turnpike',
        labels: { 'app.kubernetes.io/part-of': 'turnpike' },
      });
      if (object.spec?.template === undefined) continue;
      const { pod, container } = podOf(object);
      expect(container.image).toMatch(/:\d/);
      expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
      expect(pod.volumes).toContainEqual({ name: 'tmp', emptyDir: { sizeLimit: '64Mi' } });
    }
  });

  test('names ConfigMaps that it brings', () => {
    const brought = objects.flatMap(({ kind, metadata }) => (kind === 'ConfigMap' ? [metadata.name] : []));
    const named = objects.flatMap((object) => {
      if (object.spec?.template === undefined) return [];
      const { pod, container } = podOf(object);
      return [
        ...(container.envFrom ?? []).map(({ configMapRef }) => configMapRef.name),
        ...(pod.volumes ?? []).flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name])),
      ];
    });
    expect(brought).toEqual(expect.arrayContaining(named));
  });
});

test('the namespace is what the API takes', async () => {
  const [namespace] = readYamlDocuments('infra/k8s/namespace.yaml') as Manifest[];
  if (namespace === undefined) throw new Error('there is no namespace');
  expect(await faultsOfObject(namespace)).toEqual([]);
});

test('a member that the API does not know, a value of another type and a missing one are found', async () => {
  const edge = rendered('infra/k8s/base').find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'edge-proxy',
  );
  async function faultsWith(change: (container: Record<string, unknown>, edge: Manifest) => void): Promise<string[]> {
    if (edge === undefined) throw new Error('there is no edge');
    const copy = structuredClone(edge);
    change(podOf(copy).container as unknown as Record<string, unknown>, copy);
    return await faultsOfObject(copy);
  }
  const place = '/spec/template/spec/containers/0';
  expect(await faultsWith(() => undefined)).toEqual([]);
  expect(await faultsWith((container) => (container['readynessProbe'] = {}))).toEqual([
    `${place}/readynessProbe is unknown`,
  ]);
  expect(await faultsWith((container) => (container['args'] = 'src/main.ts'))).toEqual([
    `${place}/args: type {"type":"array"}`,
  ]);
  expect(await faultsWith((_container, { spec }) => delete spec.selector)).toEqual([
    '/spec: required {"missingProperty":"selector"}',
  ]);
});

describe.each(composeFiles)('%s', (file) => {
  const parsed = readYaml(file) as ComposeFile;

  test('is what the compose specification says', () => {
    expect(faultsOfCompose(parsed)).toEqual([]);
  });

  test('with a member that compose does not know, or a value of another type, is found', () => {
    const [first] = Object.entries(parsed.services);
    if (first === undefined) throw new Error(`${file} has no service`);
    const [name, service] = first;
    const withService = (change: object) => ({ ...parsed, services: { [name]: { ...service, ...change } } });
    expect(faultsOfCompose(withService({ healthchek: {} }))).toEqual([
      `/services/${name}: additionalProperties {"additionalProperty":"healthchek"}`,
    ]);
    expect(faultsOfCompose(withService({ image: 18 }))).toEqual([`/services/${name}/image: type {"type":"string"}`]);
  });
});

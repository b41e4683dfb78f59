import { statSync } from 'node:fs';
import path from 'node:path';
import { laidOver, type Kustomization, type Manifest } from './manifests.ts';
import { readSettings, readText, readYaml, readYamlDocuments, repositoryRoot, splitSetting } from './repository.ts';

/**
 * What `kubectl kustomize` makes of a folder, as far as our files use it; what they do not use is refused, so that nothing is passed over. Names of
 * generated ConfigMaps are left without the digest of their text.
 */

type Fields = Record<string, unknown>;

interface Component extends Kustomization {
  namespace?: string;
  labels?: { pairs: Record<string, string>; includeTemplates?: boolean }[];
  images?: { name: string; newName: string; newTag: string }[];
}

const UNDERSTOOD = new Set(
  'apiVersion kind resources components configMapGenerator patches namespace labels images'.split(' '),
);

/** By which member two entries of a list are the same one; other lists are replaced as a whole. */
const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ['containers', 'name'],
  ['volumes', 'name'],
  ['env', 'name'],
  ['volumeMounts', 'mountPath'],
  ['topologySpreadConstraints', 'topologyKey'],
]);

/** Every object of a folder, named from the root of the repository. */
export function rendered(folder: string): Manifest[] {
  return laidOnto([], folder);
}

/** The objects with what a folder adds to them and lays over them. */
function laidOnto(given: readonly Manifest[], folder: string): Manifest[] {
  const kustomization = readYaml(`${folder}/kustomization.yaml`) as Component;
  const unknown = Object.keys(kustomization).filter((key) => !UNDERSTOOD.has(key));
  if (unknown.length > 0) throw new Error(`${folder}: ${unknown.join(', ')} is nothing that this understands`);
  const { resources = [], components = [], configMapGenerator = [] } = kustomization;
  let objects = [...given, ...resources.flatMap((resource) => readResource(path.join(folder, resource)))];
  for (const generator of configMapGenerator) objects = withConfigMap(objects, folder, generator);
  for (const component of components) objects = laidOnto(objects, path.join(folder, component));
  return objects.map((object) => finished(patched(object, folder, kustomization), kustomization));
}

function readResource(place: string): Manifest[] {
  if (statSync(path.join(repositoryRoot, place)).isDirectory()) return rendered(place);
  return readYamlDocuments(place) as Manifest[];
}

function withConfigMap(
  objects: readonly Manifest[],
  folder: string,
  {
    name,
    envs = [],
    literals = [],
    files = [],
    behavior = 'create',
  }: NonNullable<Kustomization['configMapGenerator']>[0],
): Manifest[] {
  const data = Object.fromEntries([
    ...envs.flatMap((file) => [...readSettings(`${folder}/${file}`)]),
    ...literals.map(splitSetting),
    ...files.map((file) => [file, readText(`${folder}/${file}`)]),
  ]) as Record<string, string>;
  const before = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name) as
    | (Manifest & { data: Record<string, string> })
    | undefined;
  if ((before === undefined) !== (behavior === 'create')) throw new Error(`${folder}: cannot ${behavior} ${name}`);
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: behavior === 'merge' ? { ...before?.data, ...data } : data,
  } as unknown as Manifest;
  return [...objects.filter((object) => object !== before), map];
}

function patched(object: Manifest, folder: string, kustomization: Component): Manifest {
  const files = (kustomization.patches ?? []).filter(
    ({ path: file, target }) =>
      file !== undefined &&
      new RegExp(`^(?:${target.kind})$`).test(object.kind) &&
      (target.name === undefined || target.name === object.metadata.name),
  );
  return files.reduce(
    (result, { path: file = '' }) => {
      const { spec } = readYaml(`${folder}/${file}`) as Manifest;
      return merged(result as unknown as Fields, { spec }) as unknown as Manifest;
    },
    laidOver(object, kustomization),
  );
}

/** A strategic merge: maps by key, lists of `MERGE_KEYS` by entry, everything else as the patch has it. */
function merged(value: Fields, patch: Fields): Fields {
  const result: Fields = { ...value };
  for (const [key, change] of Object.entries(patch)) result[key] = mergedValue(key, value[key], change);
  return result;
}

function mergedValue(key: string, value: unknown, change: unknown): unknown {
  const mergeKey = MERGE_KEYS.get(key);
  if (Array.isArray(change) && mergeKey !== undefined) {
    const before = (value ?? []) as Fields[];
    const changes = change as Fields[];
    const isIn = (list: readonly Fields[], entry: Fields) => list.find((each) => each[mergeKey] === entry[mergeKey]);
    return [
      ...before.map((entry) => merged(entry, isIn(changes, entry) ?? {})),
      ...changes.filter((entry) => isIn(before, entry) === undefined),
    ];
  }
  return isMap(value) && isMap(change) ? merged(value, change) : change;
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with the namespace, labels and images of a kustomization. */
function finished(object: Manifest, { namespace, labels = [], images = [] }: Component): Manifest {
  const pairs = Object.assign({}, ...labels.map((each) => each.pairs)) as Record<string, string>;
  const result = structuredClone(object);
  Object.assign(result.metadata, namespace === undefined ? {} : { namespace });
  result.metadata.labels = { ...result.metadata.labels, ...pairs };
  const template = result.spec?.template;
  if (template !== undefined) {
    if (labels.some(({ includeTemplates }) => includeTemplates))
      template.metadata = { labels: { ...template.metadata?.labels, ...pairs } };
    for (const container of template.spec.containers) {
      const image = images.find(({ name }) => name === container.image);
      if (image) container.image = `${image.newName}:${image.newTag}`;
    }
  }
  return result;
}

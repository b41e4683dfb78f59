import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readYaml, readYamlDocuments, repositoryRoot } from './repository.ts';

interface EnvironmentEntry {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } };
}

interface Probe {
  httpGet: { path: string; port: string };
}

export interface Container {
  name: string;
  image?: string;
  workingDir?: string;
  args?: string[];
  ports?: { name: string; containerPort: number }[];
  env?: EnvironmentEntry[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  envFrom?: { configMapRef: { name: string } }[];
  resources?: { requests: Record<string, string>; limits: Record<string, string> };
  securityContext?: Record<string, unknown>;
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext?: Record<string, unknown>;
  volumes?: { name: string; configMap?: { name: string } }[];
  topologySpreadConstraints?: { topologyKey: string }[];
  containers: Container[];
}

/** The parts of a Kubernetes object that the tests look at. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec: {
    selector?: Record<string, unknown>;
    template?: { metadata?: { labels: Record<string, string> }; spec: PodSpec };
    ports?: { name: string; port: number; targetPort: string }[];
    scaleTargetRef?: { apiVersion: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas?: number;
    replicas?: number;
    maxUnavailable?: number;
    podSelector?: Record<string, unknown>;
    ingress?: { from?: unknown[]; ports?: unknown[] }[];
  };
}

export interface Kustomization {
  kind: string;
  components?: string[];
  resources?: string[];
  patches?: { path?: string; patch?: string; target: { kind: string; name?: string } }[];
  configMapGenerator?: { name: string; envs?: string[]; literals?: string[]; files?: string[]; behavior?: string }[];
}

const root = 'infra/k8s';

/** The folders that are applied on their own. */
export const folders = ['base', 'migration', 'with-example'] as const;

/** The kustomization of a folder. */
export function kustomizationOf(folder: string): Kustomization {
  return readYaml(`${root}/${folder}/kustomization.yaml`) as Kustomization;
}

/** The manifests that lie in a folder, whether its kustomization lists them or not. */
export function manifestFilesIn(folder: string): string[] {
  return readdirSync(path.join(repositoryRoot, root, folder)).filter(
    // A routes file is the content of a ConfigMap.
    (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml' && file !== 'routes.yaml',
  );
}

/** Every object in a folder. */
export function manifestsIn(folder: string): Manifest[] {
  return manifestFilesIn(folder).flatMap((file) => readYamlDocuments(`${root}/${folder}/${file}`) as Manifest[]);
}

/** An operation of a JSON patch, of the one kind that overlays use. */
interface AddToEnvironment {
  op: 'add';
  path: '/spec/template/spec/containers/0/env/-';
  value: EnvironmentEntry;
}

/** A manifest with the variables that a kustomization adds to its container; as it is where it adds none. */
export function laidOver(manifest: Manifest, { patches = [] }: Kustomization): Manifest {
  const added = patches
    .filter(({ target }) => target.kind === manifest.kind && target.name === manifest.metadata.name)
    .flatMap(({ patch = '' }) => parse(patch) as AddToEnvironment[]);
  if (added.length === 0) return manifest;
  const copy = structuredClone(manifest);
  for (const { op, path: place, value } of added) {
    if (op !== 'add' || place !== '/spec/template/spec/containers/0/env/-')
      throw new Error(`${op} ${place} is nothing that this test understands`);
    podOf(copy).container.env?.push(value);
  }
  return copy;
}

/** The one pod of a Deployment, a Job or a patch for them, and its one container. */
export function podOf({ kind, metadata, spec }: Manifest): { pod: PodSpec; container: Container } {
  const pod = spec.template?.spec;
  const [container, ...others] = pod?.containers ?? [];
  if (!pod || !container || others.length > 0)
    throw new Error(`${kind} ${metadata.name} has not exactly one container`);
  return { pod, container };
}

import { readdirSync } from 'node:fs';
import path from 'node:path';
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
  patches?: { path: string; target: { kind: string } }[];
  configMapGenerator?: { name: string; envs?: string[]; literals?: string[] }[];
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
    (file) => file.endsWith('.yaml') && file !== 'kustomization.yaml',
  );
}

/** Every object in a folder. */
export function manifestsIn(folder: string): Manifest[] {
  return manifestFilesIn(folder).flatMap((file) => readYamlDocuments(`${root}/${folder}/${file}`) as Manifest[]);
}

/** The one pod of a Deployment, a Job or a patch for them, and its one container. */
export function podOf({ kind, metadata, spec }: Manifest): { pod: PodSpec; container: Container } {
  const pod = spec.template?.spec;
  const [container, ...others] = pod?.containers ?? [];
  if (!pod || !container || others.length > 0)
    throw new Error(`${kind} ${metadata.name} has not exactly one container`);
  return { pod, container };
}

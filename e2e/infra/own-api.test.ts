import { expect, test } from '@jest/globals';
import { variablesIn, type ComposeFile } from './compose-file.ts';
import { laidOver, manifestsIn, podOf, type Kustomization, type Manifest } from './manifests.ts';
import { readText, readYaml, readYamlDocuments } from './repository.ts';

/** The three ways in which examples/orders is run name the same things. */

const FOLDER = 'examples/orders';
const KEY = 'ORDERS_SERVICE_KEY';
const PORT = 3_000;

const routes = readYaml(`${FOLDER}/routes.yaml`) as {
  upstreams: Record<string, { url: string; defaultUrl: string; serviceKey: string }>;
};
const kustomization = readYaml(`${FOLDER}/kustomization.yaml`) as Kustomization;
const manifests = readYamlDocuments(`${FOLDER}/orders.yaml`) as Manifest[];
const compose = readYaml(`${FOLDER}/compose.yaml`) as ComposeFile;

const ofKind = (kind: string): Manifest[] => manifests.filter((manifest) => manifest.kind === kind);
const secretsOf = (manifest: Manifest | undefined): string[] =>
  (manifest ? (podOf(manifest).container.env ?? []) : []).flatMap(
    ({ valueFrom }) => valueFrom?.secretKeyRef?.key ?? [],
  );

test('the routes file names the variables that all three ways set', () => {
  expect(routes.upstreams).toEqual({
    orders: expect.objectContaining({ url: 'ORDERS_URL', defaultUrl: `http://127.0.0.1:${PORT}`, serviceKey: KEY }),
  });
});

test('compose gives the edge address and key, and the API nothing but what it knows the gateway by', () => {
  const { 'edge-proxy': edge, orders } = compose.services;
  expect(edge?.environment).toMatchObject({ ORDERS_URL: `http://orders:${PORT}` });
  const named = (environment: object = {}): string[] =>
    Object.values(environment).flatMap((value) => variablesIn(String(value)).map(({ name }) => name));
  expect(named(edge?.environment)).toEqual([KEY]);
  expect(named(orders?.environment).toSorted()).toEqual(['GATEWAY_SIGNING_SECRET', KEY]);
  expect([edge?.networks, orders?.networks]).toEqual([['backends'], ['backends']]);
  expect(orders).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
});

test('the overlay gives the edge routes, address and key', () => {
  expect(kustomization.resources?.toSorted()).toEqual(['../../infra/k8s/base', 'orders.yaml']);
  expect(kustomization.components).toEqual(['../../infra/k8s/common']);
  const [edge] = manifestsIn('base').filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'edge-proxy',
  );
  if (edge === undefined) throw new Error('the base has no edge');
  expect(secretsOf(laidOver(edge, kustomization))).toEqual([...secretsOf(edge), KEY]);
  expect(kustomization.configMapGenerator).toContainEqual({
    name: 'turnpike-settings',
    behavior: 'merge',
    literals: [`ORDERS_URL=http://orders:${PORT}`],
  });
  expect(kustomization.configMapGenerator).toContainEqual({
    name: 'turnpike-routes',
    behavior: 'replace',
    files: ['routes.yaml'],
  });
});

test('the API runs from the ConfigMap of its file, reachable by the edge alone', () => {
  const [deployment, ...others] = ofKind('Deployment');
  if (deployment === undefined || others.length > 0) throw new Error('there is not exactly one Deployment');
  const { pod, container } = podOf(deployment);
  expect(secretsOf(deployment).toSorted()).toEqual(['GATEWAY_SIGNING_SECRET', KEY]);
  const { name: source } = pod.volumes?.[0]?.configMap ?? {};
  expect(kustomization.configMapGenerator).toContainEqual({ name: source, files: ['server.mjs'] });
  expect(container.ports?.[0]?.containerPort).toBe(PORT);
  expect(ofKind('Service')[0]?.spec.ports?.[0]?.port).toBe(PORT);
  const [policy] = ofKind('NetworkPolicy');
  expect(policy?.spec.ingress?.[0]?.from).toEqual([
    { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'edge-proxy' } } },
  ]);
  expect(readText(`${FOLDER}/server.mjs`)).toContain(`PORT = '${PORT}'`);
});

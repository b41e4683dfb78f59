import { describe, expect, test } from '@jest/globals';
import { databaseOf, migratedApps } from '@turnpike/migrate';
import { composeService, variablesIn } from './compose-file.ts';
import {
  folders,
  kustomizationOf,
  laidOver,
  manifestFilesIn,
  manifestsIn,
  podOf,
  type Kustomization,
  type Manifest,
} from './manifests.ts';
import { apps, processes, readByNode, readSettings, readText, readYaml, settingsOf } from './repository.ts';

const settings = readSettings('infra/k8s/base/settings.env');
const everything = folders.flatMap(manifestsIn);
const [everyPod] = manifestsIn('common').filter(({ metadata }) => metadata.name === 'every-pod');
const [everyService] = manifestsIn('common').filter(({ metadata }) => metadata.name === 'every-service');

function the(kind: string, name: string): Manifest {
  const [found, ...others] = everything.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (!found || others.length > 0) throw new Error(`there is not exactly one ${kind} ${name}`);
  return found;
}

function patch(manifest: Manifest | undefined) {
  if (!manifest) throw new Error('infra/k8s/common lacks a patch');
  return podOf(manifest);
}

test('every manifest is listed, and laid over with what all have in common', () => {
  for (const folder of folders) {
    const { resources = [], components } = kustomizationOf(folder);
    expect(components).toEqual(['../common']);
    expect(resources.filter((resource) => !resource.startsWith('..')).toSorted()).toEqual(
      manifestFilesIn(folder).toSorted(),
    );
  }
  expect(kustomizationOf('common')).toMatchObject({
    kind: 'Component',
    namespace: 'turnpike',
    patches: [
      { path: 'pod.yaml', target: { kind: 'Deployment|Job' } },
      { path: 'service-pod.yaml', target: { kind: 'Deployment' } },
    ],
  });
});

test('no secret is committed', () => {
  expect(everything.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  expect(
    [...settings.keys()].filter((name) => /SECRET|PASSWORD|_KEY$|PRIVATE|^(DATABASE|REDIS|SMTP)_URL$/.test(name)),
  ).toEqual([]);
});

describe.each(processes)('$name', ({ name: own, app, entry }) => {
  const selector = { 'app.kubernetes.io/name': own };
  // With the example, as under docker compose.
  const deployment = laidOver(the('Deployment', own), kustomizationOf('with-example'));
  const { container } = podOf(deployment);
  const port = container.ports?.[0]?.containerPort;

  test('has a Deployment, a Service if it is one, an autoscaler and a disruption budget that belong together', () => {
    expect(deployment.spec.selector).toEqual({ matchLabels: selector });
    expect(deployment.spec.template?.metadata?.labels).toEqual(selector);
    // The autoscaler decides; a number here would undo it at each apply.
    expect(deployment.spec.replicas).toBeUndefined();
    if (own === app)
      expect(the('Service', app).spec).toMatchObject({ selector, ports: [{ name: 'http', port, targetPort: 'http' }] });
    const { spec: scaler } = the('HorizontalPodAutoscaler', own);
    expect(scaler.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: own });
    expect(scaler.minReplicas).toBeGreaterThanOrEqual(2);
    expect(scaler.maxReplicas).toBeGreaterThan(scaler.minReplicas ?? 0);
    expect(the('PodDisruptionBudget', own).spec).toMatchObject({
      maxUnavailable: 1,
      selector: { matchLabels: selector },
    });
  });

  test('runs the service from the one image, within bounds', () => {
    expect(container).toMatchObject({ name: 'main', image: 'turnpike', workingDir: `/app/apps/${app}` });
    expect(container.args ?? ['src/main.ts']).toEqual([entry]);
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
  });

  test('is given only variables that it reads, secrets by name', () => {
    const known = settingsOf(app);
    const given = (container.env ?? []).filter(({ name }) => !readByNode.has(name));
    expect(given.filter(({ name }) => !known.has(name))).toEqual([]);
    const plain = given.filter(({ valueFrom }) => valueFrom === undefined);
    expect(plain).toEqual(
      container.ports?.map(({ containerPort }) => ({
        name: expect.stringMatching(/^[A-Z_]+_PORT$/),
        value: String(containerPort),
      })),
    );
    for (const { name, valueFrom } of given) {
      // Each has a login of its own, under the one name that services know.
      const key = name === 'DATABASE_URL' ? expect.stringMatching(/^[A-Z]+_DATABASE_URL$/) : name;
      if (valueFrom) expect(valueFrom.secretKeyRef).toMatchObject({ name: 'turnpike-secrets', key });
    }
  });

  test('has each secret that it has under docker compose, and must have the same ones', () => {
    const required = Object.entries(composeService(own).environment ?? {}).flatMap(([name, value]) =>
      variablesIn(String(value)).some((variable) => variable.required) ? [name] : [],
    );
    const given = (container.env ?? []).flatMap(({ name, valueFrom }) =>
      valueFrom?.secretKeyRef?.optional ? [] : valueFrom ? [name] : [],
    );
    expect(given.toSorted()).toEqual(required.toSorted());
  });

  test('is asked whether it is ready', () => {
    // The edge and auth must keep answering while something they need is down; their manifests say why.
    const probed = app === 'edge-proxy' || app === 'auth' ? '/health' : '/health/ready';
    expect(container.readinessProbe).toMatchObject({ httpGet: { path: probed, port: 'http' } });
  });
});

test('the base has no destination: overlays put theirs in the place of its routes file', () => {
  expect(readYaml('infra/k8s/base/routes.yaml')).toEqual({ version: 1, upstreams: {}, routes: [] });
  const { pod, container } = podOf(the('Deployment', 'edge-proxy'));
  const mount = container.volumeMounts?.find(({ name }) => name === 'routes');
  expect(`${mount?.mountPath}/routes.yaml`).toBe(settings.get('ROUTES_FILE'));
  const { name: source } = pod.volumes?.find(({ name }) => name === 'routes')?.configMap ?? {};
  for (const folder of ['infra/k8s/base', 'examples/orders']) {
    const { configMapGenerator = [] } = readYaml(`${folder}/kustomization.yaml`) as Kustomization;
    expect(configMapGenerator.find(({ name }) => name === source)?.files).toEqual(['routes.yaml']);
  }
  for (const file of ['base/settings.env', 'base/edge-proxy.yaml', 'base/users.yaml'])
    expect(readText(`infra/k8s/${file}`)).not.toMatch(/FLASH|CLOCKCHAIN|BILLING_(URL|SERVICE_KEY)/);
});

test('the settings are some that a service reads, and name the Services', () => {
  const known = new Set(apps.flatMap((app) => [...settingsOf(app)]));
  expect([...settings.keys()].filter((name) => !known.has(name))).toEqual([]);
  for (const app of ['auth', 'users', 'credits']) {
    const port = the('Service', app).spec.ports?.[0]?.port;
    expect(settings.get(`${app.toUpperCase()}_URL`)).toBe(`http://${app}:${port}`);
  }
});

test('a pod runs without root, privileges, a token for the cluster or a file system to write to', () => {
  const { pod, container } = patch(everyPod);
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: expect.any(Number), seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(pod.securityContext?.['runAsUser']).not.toBe(0);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  // A Service named auth would otherwise set AUTH_PORT to tcp://….
  expect(pod.enableServiceLinks).toBe(false);
});

test('a service is probed, spread, and has the time to finish what it does', () => {
  const { pod, container } = patch(everyService);
  expect(container).toMatchObject({
    startupProbe: { httpGet: { path: '/health', port: 'http' } },
    livenessProbe: { httpGet: { path: '/health', port: 'http' } },
  });
  expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
    'topology.kubernetes.io/zone',
    'kubernetes.io/hostname',
  ]);
  const neededMs = Number(settings.get('SHUTDOWN_DRAIN_MS')) + Number(settings.get('SHUTDOWN_TIMEOUT_MS'));
  expect((pod.terminationGracePeriodSeconds ?? 0) * 1_000).toBeGreaterThan(neededMs);
});

test('migrations run as a job that needs the database only, and the logins that it makes', () => {
  const { container } = podOf(the('Job', 'turnpike-migrate'));
  expect(container).toMatchObject({
    name: 'main',
    image: 'turnpike',
    workingDir: '/app/packages/migrate',
    args: ['src/cli.ts'],
  });
  const logins = migratedApps.map((each) => databaseOf(each).urlVariable);
  expect(container.env?.map(({ name }) => name)).toEqual(['DATABASE_URL', ...logins]);
});

test('only the edge and the console are reachable from outside', () => {
  const policies = everything.filter(({ kind }) => kind === 'NetworkPolicy');
  expect(the('NetworkPolicy', 'deny-by-default').spec).toEqual({ podSelector: {}, policyTypes: ['Ingress'] });
  const open = policies.filter(({ spec }) => (spec.ingress ?? []).some(({ from }) => from === undefined));
  expect(open.map(({ spec }) => spec.podSelector)).toEqual([
    {
      matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: ['edge-proxy', 'console'] }],
    },
  ]);
  for (const app of apps)
    expect(['ClusterIP', undefined]).toContain((the('Service', app).spec as { type?: string }).type);
});

test('the README says how to make every secret that a manifest names', () => {
  const named = everything.flatMap((manifest) => (manifest.spec.template ? (podOf(manifest).container.env ?? []) : []));
  const readme = readText('infra/README.md');
  for (const { valueFrom } of named) {
    const reference = valueFrom?.secretKeyRef;
    if (reference)
      expect(readme).toContain(reference.optional ? `\`${reference.key}\`` : `--from-literal=${reference.key}=`);
  }
  expect(readYaml('infra/k8s/namespace.yaml')).toMatchObject({
    metadata: { name: 'turnpike', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
});

test('docs/scaling.md counts the connections of every process with a database', () => {
  const page = readText('docs/scaling.md');
  const pool = Number(settings.get('DATABASE_POOL_MAX'));
  const counted = processes
    .filter(({ name }) => name !== 'example-downstream')
    .map(({ name }) => the('Deployment', name))
    .filter((manifest) => podOf(manifest).container.env?.some(({ name }) => name === 'DATABASE_URL'))
    .map(({ metadata: { name } }) => ({ name, most: the('HorizontalPodAutoscaler', name).spec.maxReplicas ?? 0 }));
  for (const { name, most } of counted) expect(page).toContain(`| ${name} | ${most} | ${most * pool} |\n`);
  const replicas = counted.reduce((sum, { most }) => sum + most, 0);
  expect(page).toContain(`| together | ${replicas} | ${replicas * pool} |\n`);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A routes file of a test's own. */
export interface RoutesFile {
  readonly path: string;
  remove(): Promise<void>;
}

/** Writes a routes file with one upstream, the stack's raw one, and its routes, each as YAML without upstream, limit and scope. */
export async function writeRoutesFile(upstreamSettings: string, ...routes: readonly string[]): Promise<RoutesFile> {
  const folder = await mkdtemp(path.join(tmpdir(), 'turnpike-routes-'));
  const file = path.join(folder, 'routes.yaml');
  const lines = [
    'version: 1',
    'upstreams:',
    `  flash: { url: FLASH_URL, serviceKey: FLASH_SERVICE_KEY, ${upstreamSettings} }`,
    'routes:',
    ...routes.map((route) => `  - { ${route}, upstream: flash, limit: tier, scope: any }`),
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return { path: file, remove: () => rm(folder, { recursive: true }) };
}

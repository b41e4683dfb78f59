import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What is installed, with the digests of its packages. */
const manifests = fileURLToPath(new URL('../../clickhouse', import.meta.url));
const folder = fileURLToPath(new URL('../../../../node_modules/.cache/turnpike-chdb-3.4.0', import.meta.url));
const INSTALL_TIMEOUT_MS = 900_000;

/** The folder in which chdb is installed. It is fetched by npm at first use, for this clone alone: its 180 MB would slow down every install. */
export async function installChdb(): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(path.dirname(folder), { recursive: true });
  // Complete or not at all: other test runs look for it too.
  const beside = await mkdtemp(`${folder}-`);
  try {
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(path.join(manifests, name), path.join(beside, name));
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', args, { cwd: beside, timeout: INSTALL_TIMEOUT_MS });
    await rename(beside, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  return folder;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  canFetchPackages,
  fetchPackages,
  findOnPath,
  isExecutable,
  ownNginxFolder,
} from '@turnpike/local-stack/servers';

const NAME = 'nginx';

/** An nginx that runs. */
export interface RunningNginx {
  close(): Promise<void>;
}

/** Finds nginx: on this machine, else as a copy for this clone alone. Throws with what to install where neither is to be had. */
async function findNginx(): Promise<string> {
  const own = path.join(ownNginxFolder, NAME);
  const found = findOnPath([NAME], process.env['PATH']) ?? (isExecutable(own) ? own : undefined);
  if (found !== undefined) return found;
  const reason = canFetchPackages(process.env['PATH']) ? await fetchOwn() : 'there is no apt-get';
  if (reason !== undefined) throw new Error(`Install nginx, so that it is on PATH: ${reason}`);
  return own;
}

/** Returns why there is no copy, if there is none. */
async function fetchOwn(): Promise<string | undefined> {
  process.stderr.write('nginx is not installed here; fetching a copy for this clone alone with apt-get …\n');
  const copy = { folder: ownNginxFolder, packages: [NAME], programs: { [NAME]: 'usr/sbin/nginx' }, versionFlag: '-v' };
  return await fetchPackages(copy, process.env['PATH']);
}

/**
 * Starts nginx with what stands in the `http` part of its configuration, and resolves once it takes connections.
 *
 * @param folder for its configuration and what it writes
 */
export async function startNginx(folder: string, http: string): Promise<RunningNginx> {
  const program = await findNginx();
  await mkdir(folder, { recursive: true });
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  const file = path.join(folder, 'nginx.conf');
  await writeFile(
    file,
    `daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log stderr notice;\n${process.getuid?.() === 0 ? 'user root;\n' : ''}` +
      `events {}\nhttp {\naccess_log off;\n${kept.join('\n')}\n${http}\n}\n`,
  );
  const child = spawn(program, ['-p', folder, '-e', 'stderr', '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-10_000);
      // It listens before it starts the process that accepts.
      if (said.includes('start worker process')) resolve();
    });
    child.once('error', reject);
    void closed.then(() => reject(new Error(`nginx ended: ${said}`)));
  });
  return {
    async close() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

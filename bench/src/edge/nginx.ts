import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '@turnpike/local-stack/servers';
import type { Running } from './stack.ts';

const run = promisify(execFile);
const PROGRAM = 'nginx';
const READY_TRIES = 200;
const READY_EVERY_MS = 25;

/**
 * - `plain`: as its manual shows `auth_request`, with the settings that its versions up to 1.29 start with: a connection per call.
 * - `kept`: connections to upstream and auth are kept.
 * - `cached`: kept, and so is the answer of the auth service, by token.
 */
export type NginxMode = 'plain' | 'kept' | 'cached';

export interface NginxOptions {
  /** A folder of its own will be made in it. */
  readonly folder: string;
  readonly upstreamUrl: string;
  readonly authUrl: string;
  readonly mode: NginxMode;
}

/** The version, or `undefined` where nginx, or its module for `auth_request`, is not installed. */
export async function findNginx(): Promise<string | undefined> {
  const { stderr } = await run(PROGRAM, ['-V']).catch(() => ({ stderr: '' }));
  if (!stderr.includes('http_auth_request_module')) return undefined;
  return /nginx\/([\d.]+)/.exec(stderr)?.[1];
}

/** nginx with one worker: `auth_request`, the user's id set from the answer, the access log on. */
export async function startNginx({ folder, upstreamUrl, authUrl, mode }: NginxOptions): Promise<Running> {
  const own = path.join(folder, `nginx-${mode}`);
  await mkdir(own, { recursive: true });
  const port = await freePort();
  const file = path.join(own, 'nginx.conf');
  await writeFile(file, configuration(own, port, new URL(upstreamUrl).host, new URL(authUrl).host, mode));
  const child = spawn(PROGRAM, ['-c', file, '-p', own, '-e', path.join(own, 'error.log')], { stdio: 'ignore' });
  const end = (): boolean => child.kill('SIGTERM');
  process.once('exit', end);
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < READY_TRIES; attempt += 1) {
    const ready = await fetch(url).then(
      async (response) => response.arrayBuffer(),
      () => undefined,
    );
    if (ready !== undefined && child.pid !== undefined) {
      return {
        url,
        pid: child.pid,
        async stop() {
          process.off('exit', end);
          const exited = once(child, 'exit');
          end();
          await exited;
        },
      };
    }
    await sleep(READY_EVERY_MS);
  }
  end();
  throw new Error(`nginx did not start; ${own}/error.log may say why`);
}

function configuration(own: string, port: number, upstream: string, auth: string, mode: NginxMode): string {
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${own}/${name}_temp;`)
    .join('\n');
  const cached = mode === 'cached';
  const keep = mode === 'plain' ? '' : 'keepalive 128; keepalive_requests 1000000000;';
  const keepCalls = mode === 'plain' ? '' : 'proxy_http_version 1.1;\n      proxy_set_header Connection "";';
  const cacheZone = cached ? `  proxy_cache_path ${own}/cache keys_zone=auth:10m;` : '';
  const cache = cached
    ? '      proxy_cache auth;\n      proxy_cache_key $http_authorization;\n      proxy_cache_valid 200 5m;'
    : '';
  return `
daemon off;
worker_processes 1;
pid ${own}/nginx.pid;
events { worker_connections 4096; }
http {
${kept}
${cacheZone}
  access_log ${own}/access.log combined buffer=64k flush=1s;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  upstream backend { server ${upstream}; ${keep} }
  upstream auth { server ${auth}; ${keep} }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    location / {
      auth_request /_auth;
      auth_request_set $user_id $upstream_http_x_user_id;
      proxy_pass http://backend;
      ${keepCalls}
      proxy_set_header Authorization "";
      proxy_set_header X-User-ID $user_id;
    }
    location = /_auth {
      internal;
      proxy_pass http://auth;
      ${keepCalls}
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
${cache}
    }
  }
}
`;
}

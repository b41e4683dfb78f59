import { execFile } from 'node:child_process';
import type { Operations } from '@turnpike/client';
import { commandOf } from './config.ts';

export type Route = Operations['platform.adminListRoutes']['answers']['items'][number];

/** What a routes file says, as `routes show` of the edge prints it. */
export interface RoutesOfFile {
  readonly digest: string;
  readonly items: readonly Route[];
  /** Backends, each with the variable that holds its address. */
  readonly upstreams: readonly { readonly name: string; readonly url_variable: string }[];
}

/** Has the edge's own command read a routes file, as the edge would: what it says, or its faults, a line for each. */
export function routesOfFile(file: string): Promise<RoutesOfFile | { readonly faults: string }> {
  const flags = ['--disable-warning=ExperimentalWarning', commandOf('edge-proxy'), 'routes', 'show', file];
  return new Promise((resolve) => {
    execFile(process.execPath, flags, { maxBuffer: 64 * 1_024 * 1_024 }, (error, stdout, stderr) =>
      resolve(error === null ? (JSON.parse(stdout) as RoutesOfFile) : { faults: stderr }),
    );
  });
}

import type { PortVariable } from '../config.ts';

/** A service of ours, as the stack runs it. */
export interface ServiceSpec {
  /** Its folder under `apps/`. */
  name: string;
  portVariable: PortVariable;
  /** Options of Node for it. */
  nodeFlags?: readonly string[];
}

/**
 * The edge makes much garbage and keeps little. Left alone, V8 lets the heap of such a process grow to several times what it keeps before it
 * collects; the figures with and without are in bench/README.md. The containers set the same (docker-compose.yml, infra/k8s).
 */
const edgeFlags = ['--max-semi-space-size=32', '--max-old-space-size=384'];

/**
 * The services in the order they start. Those of one row need none of each other to become ready; the edge comes last,
 * so that whoever can reach it finds everything behind it.
 */
export const serviceRows: readonly (readonly ServiceSpec[])[] = [
  [
    { name: 'auth', portVariable: 'AUTH_PORT' },
    { name: 'users', portVariable: 'USERS_PORT' },
    { name: 'credits', portVariable: 'CREDITS_PORT' },
    { name: 'example-downstream', portVariable: 'DOWNSTREAM_PORT' },
  ],
  [{ name: 'edge-proxy', portVariable: 'EDGE_PORT', nodeFlags: edgeFlags }],
];

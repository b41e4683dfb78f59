import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { OPERATIONS } from '../../../packages/client/src/operations.ts';

const OPERATIONS_FILE = fileURLToPath(new URL('../../../packages/client/src/operations.ts', import.meta.url));

const ofPages = Object.fromEntries(
  Object.entries(OPERATIONS).filter(([, { access }]) => access !== 'service' && access !== 'admin'),
);

/**
 * The client learns its operations from the contracts, whose schemas a page has no use for: a page is given methods and paths alone, as the
 * published client is.
 */
export function operationsOnly(): Plugin {
  return {
    name: 'operations-only',
    enforce: 'pre',
    load(id) {
      if (path.normalize(id) !== OPERATIONS_FILE) return undefined;
      return `export const OPERATIONS = ${JSON.stringify(ofPages)};`;
    },
  };
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@turnpike/service-kit';

/** Where `build/main.ts` puts the pages. */
const FOLDER = fileURLToPath(new URL('../../../dist/ui', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file as it is sent, in each coding that was made of it. */
export interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly identity: Buffer;
  readonly gzip: Buffer | undefined;
  readonly br: Buffer | undefined;
}

/** The built pages. */
export interface Assets {
  readonly index: Asset;
  /** By path below `/assets/`. */
  readonly files: ReadonlyMap<string, Asset>;
}

/** Reads the built pages into memory, once. Throws `ConfigError` where there are none. */
export function loadAssets(): Assets {
  try {
    const names = readdirSync(path.join(FOLDER, 'assets'));
    const files = names
      .filter((name) => path.extname(name) in TYPES)
      .map((name) => [name, readAsset(path.join(FOLDER, 'assets', name))] as const);
    return { index: readAsset(path.join(FOLDER, 'index.html')), files: new Map(files) };
  } catch (cause) {
    throw new ConfigError('The pages are not built: `npx -y pnpm@12 --filter @turnpike/console build` makes them.', {
      cause,
    });
  }
}

function readAsset(file: string): Asset {
  const identity = readFileSync(file);
  return {
    type: TYPES[path.extname(file)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
    identity,
    gzip: readIfThere(`${file}.gz`),
    br: readIfThere(`${file}.br`),
  };
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

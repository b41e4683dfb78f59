import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { uuidv7 } from '@turnpike/service-kit';
import type { ObjectStore } from '../s3-client.ts';

/** A folder as a store of objects. An object is there whole or not at all: it is written beside its place, made durable, and moved there. */
export function openFolderStore(folder: string): ObjectStore {
  const at = (name: string): string => path.join(folder, ...name.split('/'));
  return {
    async put(name, body, signal) {
      const target = at(name);
      const fresh = path.join(path.dirname(target), `.${uuidv7()}`);
      await mkdir(path.dirname(target), { recursive: true });
      try {
        const file = await open(fresh, 'wx', 0o640);
        try {
          await file.writeFile(body, { signal });
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(fresh, target);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    },
    get: (name, signal) => readFile(at(name), { signal }),
    delete: (name) => rm(at(name), { force: true }),
    close() {},
  };
}

import { openS3Store, type ObjectStore } from '../s3-client.ts';
import { openFolderStore } from './folder-store.ts';
import type { ManagedPlace } from './settings.ts';

/** Opens the operator's own place, wherever it is: it is theirs to choose. */
export function openManaged(place: NonNullable<ManagedPlace>): ObjectStore {
  return 'folder' in place ? openFolderStore(place.folder) : openS3Store(place.s3, { allowPrivate: true });
}

/** The part of a store that is one organisation's. */
export function within(objects: ObjectStore, organisationId: string): ObjectStore {
  const at = (name: string): string => `organisations/${organisationId}/${name}`;
  return {
    put: (name, body, signal) => objects.put(at(name), body, signal),
    get: (name, signal) => objects.get(at(name), signal),
    delete: (name, signal) => objects.delete(at(name), signal),
    close: () => objects.close(),
  };
}

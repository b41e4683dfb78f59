import { countOf, given, onlyRead, textOf } from '../../app/search.ts';

/** Reads filters of these names, and the place in the list, from an address. */
export function listSearch<const Name extends string>(...names: readonly Name[]) {
  return onlyRead(
    (search) =>
      given({
        ...Object.fromEntries(names.map((name) => [name, textOf(search, name, 256)])),
        offset: countOf(search, 'offset'),
      }) as { [K in Name]?: string } & { offset?: number },
  );
}

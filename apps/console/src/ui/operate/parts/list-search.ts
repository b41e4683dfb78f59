import { countOf, given, textOf } from '../../app/search.ts';

/** Reads filters of these names, and the place in the list, from an address. */
export function listSearch<const Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): { [K in Name]?: string } & { offset?: number } =>
    given({
      ...Object.fromEntries(names.map((name) => [name, textOf(search, name, 256)])),
      offset: countOf(search, 'offset'),
    }) as { [K in Name]?: string } & { offset?: number };
}

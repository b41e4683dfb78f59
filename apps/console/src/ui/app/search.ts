type Search = Readonly<Record<string, unknown>>;

/** A member of the address that is one of these words; left out where it is another. */
export function oneOf<const T extends string>(search: Search, name: string, words: readonly T[]): T | undefined {
  const value = search[name];
  return words.find((word) => word === value);
}

/** A text of the address, cut where it is longer than anybody types. */
export function textOf(search: Search, name: string, charsMax = 128): string | undefined {
  const value = search[name];
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' ? text.slice(0, charsMax) : undefined;
}

/** A count of the address, from 0 on. */
export function countOf(search: Search, name: string, max = 100_000): number | undefined {
  const value = Number(search[name]);
  return Number.isInteger(value) && value > 0 ? Math.min(value, max) : undefined;
}

/** An object without the members that are `undefined`, as addresses and exact types want it. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/**
 * A route's reading of its address that lets nothing else through: the router lays what a route reads over what stands there, so what is left out as
 * unreadable would reach the screen as it came.
 */
export function onlyRead<Read extends object>(read: (search: Record<string, unknown>) => Read) {
  return (search: Record<string, unknown>): Read => {
    const { org: _org, env: _env, ...others } = search;
    return { ...Object.fromEntries(Object.keys(others).map((name) => [name, undefined])), ...read(search) };
  };
}

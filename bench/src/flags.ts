import { parseArgs } from 'node:util';

/** The flags of a command, as they were given. */
export interface Flags<Count extends string> {
  /** A whole number from 1, or its default. Throws a `TypeError` that names the flag. */
  readonly count: (name: Count) => number;
  readonly text: (name: string) => string | undefined;
}

/** Reads the command line: the names of `defaults` are numbers, `texts` are taken as they are. Throws a `TypeError` for an unknown flag. */
export function readFlags<Count extends string>(
  defaults: Readonly<Record<Count, number>>,
  texts: readonly string[] = [],
): Flags<Count> {
  const options = Object.fromEntries(
    [...Object.keys(defaults), ...texts].map((name) => [name, { type: 'string' as const }]),
  );
  const { values } = parseArgs({ options });
  const text = (name: string): string | undefined => (typeof values[name] === 'string' ? values[name] : undefined);
  const count = (name: Count): number => {
    const value = Number(text(name) ?? defaults[name]);
    if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number from 1`);
    return value;
  };
  return { count, text };
}

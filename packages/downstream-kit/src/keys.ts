/** One or several accepted values: a comma-separated string as an environment variable holds it, or a list. */
export type Accepted = string | readonly string[] | undefined;

/** The values of a variable or list, without blanks. `undefined` and `''` are no values: not configured. */
export function acceptedValues(accepted: Accepted): readonly string[] {
  const values = typeof accepted === 'string' ? accepted.split(',') : (accepted ?? []);
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

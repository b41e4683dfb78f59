/** A response header as undici hands it over: a list where the line was repeated, with white space after a value. */
export type ParsedHeader = string | string[] | undefined;

/**
 * What a response header says, without white space around it. A line that was repeated says it once if it says the same, and is otherwise
 * a list (RFC 9110 §5.3).
 */
export function headerValue(value: ParsedHeader): string | undefined {
  if (value === undefined || typeof value === 'string') return value?.trim();
  return [...new Set(value.map((one) => one.trim()))].join(', ');
}

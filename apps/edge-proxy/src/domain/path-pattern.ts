/**
 * Path patterns: a segment is a literal, `:name` or `{name}` (one segment), `**` (any number), or a closing `*` (the
 * same). Literals match in any letter case and a trailing slash is ignored, as upstream frameworks commonly do: no
 * other spelling may evade a price.
 */
export interface PathPattern {
  readonly source: string;
  /** Tests a `RequestTarget.matchPath`. */
  readonly regex: RegExp;
  /** Higher wins; compared as text. Literals beat parameters beat wildcards, segment by segment, and longer beats shorter. */
  readonly rank: string;
  /** The literal segments before the first parameter or wildcard, as a path; `''` where there are none. */
  readonly prefix: string;
  /** No parameter or wildcard: the pattern is the path. */
  readonly literal: boolean;
}

const LITERAL_SEGMENT = /^[a-z0-9\-._~!$&'()+,;=@]+$/i;
const PARAMETER_SEGMENT = /^(?::[a-z][a-z0-9_]*|\{[a-z][a-z0-9_]*\})$/i;

/** Compiles a pattern. Throws an `Error` with a sentence on one that is malformed. */
export function compilePattern(source: string): PathPattern {
  if (!source.startsWith('/')) throw new Error(`path pattern ${source} must start with a slash`);
  const trimmed = source.length > 1 && source.endsWith('/') ? source.slice(0, -1) : source;
  const segments = trimmed === '/' ? [] : trimmed.slice(1).split('/');
  let regex = '';
  let rank = '';
  let prefix = '';
  let literal = true;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '**' || (segment === '*' && last)) {
      regex += '(?:/[^/]+)*';
      rank += '1';
      literal = false;
    } else if (PARAMETER_SEGMENT.test(segment)) {
      regex += '/[^/]+';
      rank += '2';
      literal = false;
    } else if (LITERAL_SEGMENT.test(segment)) {
      const lower = segment.toLowerCase();
      regex += `/${lower.replaceAll(/[.$()+]/g, String.raw`\$&`)}`;
      rank += '3';
      if (literal) prefix += `/${lower}`;
    } else {
      throw new Error(
        `path pattern ${source} has the segment "${segment}", which is neither a literal, a parameter, ** nor a closing *`,
      );
    }
  }
  // The end of a pattern ranks between a wildcard and a parameter: `/a` is more exact than `/a/*`, `/a/:b` than `/a`.
  return { source, regex: new RegExp(`^${regex === '' ? '/' : regex}$`), rank: `${rank}2`, prefix, literal };
}

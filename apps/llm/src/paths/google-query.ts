import { AppError } from '@turnpike/service-kit';

/**
 * What a query may not ask of Google, in either spelling of its parameters: an answer without its usage (`fields`, a JSONP callback, protocol buffers),
 * another method than was classified, or another who is billed.
 */
const REFUSED = new Set([
  'fields',
  'callback',
  'httpmethod',
  'userproject',
  'access_token',
  'oauth_token',
  'apikey',
  'req',
  'ct',
]);
const FORMS = new Set(['json', 'sse', 'media']);

/** Throws 400 for a query that would have Google answer what cannot be charged, or do something else than the path says. */
export function requireGoogleQuery(query: string): void {
  for (const [name, value] of new URLSearchParams(query)) {
    const plain = name.toLowerCase().replace(/^\$\.?/, '');
    if (REFUSED.has(plain) || (plain === 'alt' && !FORMS.has(value.toLowerCase())))
      throw new AppError('request.malformed', { detail: `The query may not have ${name} here: leave it out.` });
  }
}

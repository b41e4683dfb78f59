/** The credentials a request carries. At most one of each; which ones count depends on the route. */
export interface PresentedCredentials {
  /** From `Authorization: Bearer`: an access token or an API key. */
  readonly bearer: string | undefined;
  /** From `X-API-Key`. */
  readonly apiKey: string | undefined;
}

/** b64token of RFC 6750 §2.1, which JWTs and our keys are made of. */
const BEARER = /^bearer +[A-Za-z0-9\-._~+/]+=*$/i;
const KEY = /^[\x21-\x7e]+$/;
/** Longest credential read, in characters; auth accepts no longer one. */
const CREDENTIAL_CHARS_MAX = 8_192;

/**
 * Reads the caller's credentials; another scheme than Bearer is none of ours. `malformed`: a Bearer header without a
 * usable token, which is refused rather than taken for an anonymous request.
 */
export function readCredentials(
  authorization: string | undefined,
  apiKeyHeader: string | undefined,
): PresentedCredentials | 'malformed' {
  const apiKey = apiKeyHeader === undefined || apiKeyHeader === '' ? undefined : apiKeyHeader;
  if (apiKey !== undefined && (apiKey.length > CREDENTIAL_CHARS_MAX || !KEY.test(apiKey))) return 'malformed';
  if (authorization === undefined) return { bearer: undefined, apiKey };
  if (!BEARER.test(authorization))
    return /^bearer(?: |$)/i.test(authorization) ? 'malformed' : { bearer: undefined, apiKey };
  const bearer = authorization.slice(authorization.lastIndexOf(' ') + 1);
  return bearer.length > CREDENTIAL_CHARS_MAX ? 'malformed' : { bearer, apiKey };
}

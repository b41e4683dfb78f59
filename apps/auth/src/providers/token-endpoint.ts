import type { SignInProvider } from '@turnpike/contracts';
import { credentialRefused, providerUnavailable } from './errors.ts';
import { ProviderOutage, type ProviderHttp, type ProviderResponse } from './http.ts';

/** What a token endpoint returned (RFC 6749 §5.1). */
export interface ProviderTokens {
  readonly accessToken: string | undefined;
  readonly refreshToken: string | undefined;
  readonly idToken: string | undefined;
}

/** Errors by which a token endpoint says that the code is not good: RFC 6749 §5.2, and GitHub's own. */
const CODE_ERRORS = new Set([
  'invalid_grant',
  'invalid_request',
  'bad_verification_code',
  'redirect_uri_mismatch',
  'unverified_user_email',
]);

/**
 * Exchanges a code at a token endpoint. A code that is not good is 401 (GitHub answers that with status 200); an
 * endpoint that is down, or refuses our own credentials, is 503.
 */
export async function requestTokens(
  http: Pick<ProviderHttp, 'send'>,
  provider: SignInProvider,
  url: string,
  form: Readonly<Record<string, string | undefined>>,
): Promise<ProviderTokens> {
  const sent = Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const { status, body } = await ask(http, provider, { url, method: 'POST', form: sent });
  const { error, access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = membersOf(body);
  if (typeof error === 'string') {
    throw CODE_ERRORS.has(error)
      ? credentialRefused(provider, `token endpoint: ${error}`)
      : providerUnavailable(provider, `token endpoint refused us: ${status} ${error.slice(0, 64)}`);
  }
  if (status !== 200) throw providerUnavailable(provider, `token endpoint answered ${status}`);
  return { accessToken: text(accessToken), refreshToken: text(refreshToken), idToken: text(idToken) };
}

/** Sends, with an outage as the 503 that it is to the caller. */
export async function ask(
  http: Pick<ProviderHttp, 'send'>,
  provider: SignInProvider,
  request: Parameters<ProviderHttp['send']>[0],
): Promise<ProviderResponse> {
  return outageIsUnavailable(provider, () => http.send(request));
}

/** Runs work that may throw `ProviderOutage`, and throws 503 in its place. */
export async function outageIsUnavailable<T>(provider: SignInProvider, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ProviderOutage ? providerUnavailable(provider, error) : error;
  }
}

/** The members of a JSON object; none of anything else. */
export function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

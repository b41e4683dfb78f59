import { createPrivateKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { env, publicUrlSettings } from '@turnpike/service-kit';

const GOOGLE_ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
/** Schemes that run or show something in the browser instead of reaching an app. */
const FORBIDDEN_SCHEMES = new Set(['javascript:', 'data:', 'vbscript:', 'file:', 'blob:', 'about:']);

const redirectUri = z.string().refine((text) => {
  const url = URL.parse(text);
  // It is sent as a header, as it stands here.
  const printable = /^[\x21-\x7e]+$/.test(text);
  return (
    url !== null &&
    printable &&
    !text.includes('#') &&
    !FORBIDDEN_SCHEMES.has(url.protocol) &&
    url.username === '' &&
    url.password === ''
  );
}, 'must hold absolute URIs without a fragment');

/** An ES256 key as Apple hands it out (PEM). One line with `\\n` for line breaks, or the whole in base64, is accepted too. */
const applePrivateKey = z.string().transform((text, context): KeyObject => {
  const plain = text.includes('-----BEGIN') ? text : Buffer.from(text, 'base64').toString();
  try {
    const key = createPrivateKey(plain.replaceAll(String.raw`\n`, '\n'));
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // Told below, without the value.
  }
  context.addIssue({ code: 'custom', message: 'must be the PEM of an ES256 private key, as downloaded from Apple' });
  return z.NEVER;
});

/** Settings of signing in with providers. A provider whose variables are not set answers 503 that names the first one missing. */
export const providerSettings = {
  ...publicUrlSettings,
  EDGE_PORT: env.port(8080).describe("The edge's local port, for where PUBLIC_URL is not set."),
  AUTH_REDIRECT_URIS: env
    .list()
    .pipe(z.array(redirectUri))
    .describe(
      'Where a browser sign-in may end: comma-separated, compared character by character. Empty: no browser sign-in.',
    ),
  APPLE_CLIENT_IDS: env
    .list()
    .describe('App ids and Services ids whose identity tokens are accepted; the first is used in the browser.'),
  APPLE_TEAM_ID: env.string().optional().describe('Apple developer team, for exchanging authorisation codes.'),
  APPLE_KEY_ID: env.string().optional().describe('Id of APPLE_PRIVATE_KEY.'),
  APPLE_PRIVATE_KEY: applePrivateKey.optional().meta({
    description:
      'ES256 private key that signs our client secrets for Apple: the PEM in one line, with \\n for line breaks, or in base64.',
    secret: 'foreign',
  }),
  APPLE_ISSUER: env.string().default('https://appleid.apple.com').describe('`iss` of Apple identity tokens.'),
  APPLE_JWKS_URL: env.url('https://appleid.apple.com/auth/keys').describe("Apple's public keys."),
  APPLE_TOKEN_URL: env
    .url('https://appleid.apple.com/auth/token')
    .describe('Where Apple exchanges authorisation codes.'),
  APPLE_AUTHORIZATION_URL: env
    .url()
    .optional()
    .describe('Where browsers sign in. Without it: `authorize` beside APPLE_TOKEN_URL.'),
  APPLE_REVOKE_URL: env
    .url()
    .optional()
    .describe('Where Apple ends a connection. Without it: `revoke` beside APPLE_TOKEN_URL.'),
  GOOGLE_CLIENT_IDS: env
    .list()
    .describe('Client ids whose identity tokens are accepted; the first is used in the browser.'),
  GOOGLE_CLIENT_SECRET: env
    .string()
    .optional()
    .meta({ description: 'Secret of the first client id, for the browser sign-in.', secret: 'foreign' }),
  GOOGLE_ISSUERS: env
    .list()
    .transform((issuers) => (issuers.length === 0 ? GOOGLE_ISSUERS : issuers))
    .describe('Spellings of `iss` in Google identity tokens.'),
  GOOGLE_JWKS_URL: env.url('https://www.googleapis.com/oauth2/v3/certs').describe("Google's public keys."),
  GOOGLE_AUTHORIZATION_URL: env.url('https://accounts.google.com/o/oauth2/v2/auth').describe('Where browsers sign in.'),
  GOOGLE_TOKEN_URL: env
    .url('https://oauth2.googleapis.com/token')
    .describe('Where Google exchanges authorisation codes.'),
  GITHUB_CLIENT_ID: env.string().optional().describe('Id of our OAuth app at GitHub.'),
  GITHUB_CLIENT_SECRET: env
    .string()
    .optional()
    .meta({ description: 'Secret of our OAuth app at GitHub.', secret: 'foreign' }),
  GITHUB_BASE_URL: env.url('https://github.com').describe('GitHub, or a GitHub Enterprise server.'),
  GITHUB_API_URL: env.url('https://api.github.com').describe('API of GitHub.'),
} as const;

/** The parsed settings. */
export type ProviderConfig = Readonly<z.output<z.ZodObject<typeof providerSettings>>>;

/** Where browsers reach us. Never taken from a request: a forged `Host` must not decide where a provider sends its codes. */
export function publicUrlOf(config: Pick<ProviderConfig, 'PUBLIC_URL' | 'EDGE_PORT'>): string {
  return config.PUBLIC_URL ?? `http://127.0.0.1:${config.EDGE_PORT}`;
}

/** `name` in place of the last path segment of `url`. */
export function beside(url: string, name: string): string {
  return url.replace(/[^/]*$/, name);
}

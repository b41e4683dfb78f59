import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '@turnpike/service-kit';
import { readConfig } from './config.ts';

const STRONG = 'kPz3Qm8vXr6LtYw2NbHs9DfGj4CeUaRo';

const development = {
  DATABASE_URL: 'postgresql://localhost/postgres',
  REDIS_URL: 'redis://localhost',
  AUTH_ENCRYPTION_KEY: STRONG,
};
const production = {
  ...development,
  NODE_ENV: 'production',
  SERVICE_API_KEY: STRONG,
  ADMIN_API_KEY: STRONG,
  INTERNAL_SIGNING_SECRET: STRONG,
};

/** The message of a refused configuration. */
function refusal(environment: Record<string, string | undefined>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('start-up is refused, naming the variable', () => {
  test.each([
    ['an empty issuer', { JWT_ISSUER: '' }, 'JWT_ISSUER'],
    ['a blank audience', { JWT_AUDIENCE: '  ' }, 'JWT_AUDIENCE'],
    ['HS256 without a secret', { JWT_ALGORITHM: 'HS256' }, 'JWT_SECRET_KEY'],
    [
      'an HS256 secret of 31 bytes',
      { JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: 'x'.repeat(15) + 'y'.repeat(16) },
      'JWT_SECRET_KEY',
    ],
    ['an algorithm that is not ours', { JWT_ALGORITHM: 'none' }, 'JWT_ALGORITHM'],
    ['a life over 15 minutes', { ACCESS_TOKEN_TTL_SECONDS: '901' }, 'ACCESS_TOKEN_TTL_SECONDS'],
    ['a grace over 30 s', { REFRESH_GRACE_SECONDS: '31' }, 'REFRESH_GRACE_SECONDS'],
    ['no encryption key', { AUTH_ENCRYPTION_KEY: '' }, 'AUTH_ENCRYPTION_KEY'],
    ['a short encryption key', { AUTH_ENCRYPTION_KEY: 'short' }, 'AUTH_ENCRYPTION_KEY'],
    ['a short old encryption key', { AUTH_ENCRYPTION_KEY: `${STRONG},short` }, 'AUTH_ENCRYPTION_KEY'],
    [
      'a key that signs before cached key sets have gone',
      { SIGNING_KEY_PUBLISH_SECONDS: '300' },
      'SIGNING_KEY_PUBLISH_SECONDS',
    ],
    ['an endless session', { REFRESH_TOKEN_TTL_DAYS: '100000' }, 'REFRESH_TOKEN_TTL_DAYS'],
    ['a session without length', { REFRESH_TOKEN_TTL_DAYS: '0' }, 'REFRESH_TOKEN_TTL_DAYS'],
  ])('%s', (_name, change, variable) => {
    expect(refusal({ ...development, ...change })).toContain(`${variable}: `);
    expect(refusal({ ...production, ...change })).toContain(`${variable}: `);
  });

  test.each(['AUTH_ENCRYPTION_KEY', 'SERVICE_API_KEY', 'ADMIN_API_KEY', 'INTERNAL_SIGNING_SECRET'])(
    'production without %s',
    (variable) => {
      expect(refusal({ ...production, [variable]: undefined })).toContain(`${variable}: `);
      expect(refusal({ ...production, [variable]: 'change-me-change-me-change-me-change-me' })).toContain(
        `${variable}: `,
      );
    },
  );

  test('production with a guessable HS256 secret', () => {
    expect(refusal({ ...production, JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: 'a'.repeat(40) })).toContain(
      'JWT_SECRET_KEY: ',
    );
  });

  test('the message never holds a value', () => {
    expect(refusal({ ...production, AUTH_ENCRYPTION_KEY: 'tooshort-but-private' })).not.toContain(
      'tooshort-but-private',
    );
  });
});

describe('what a deployment allows', () => {
  test.each([
    ['development', {}, { demoLogin: true, devTokens: true }],
    ['development that says no to the demo', { DEMO_LOGIN_ENABLED: 'false' }, { demoLogin: false, devTokens: true }],
    ['production', production, { demoLogin: false, devTokens: false }],
    ['production with the demo', { ...production, DEMO_LOGIN_ENABLED: 'true' }, { demoLogin: true, devTokens: false }],
  ])('%s', (_name, change, expected) => {
    const { demoLogin, devTokens } = readConfig({ ...development, ...change });
    expect({ demoLogin, devTokens }).toEqual(expected);
  });
});

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  commonSettings,
  databaseSettings,
  env,
  gatewaySettings,
  internalSigningSecrets,
  loadConfig,
  serviceDatabaseUrl,
  trustSettings,
} from '../src/index.ts';

const schema = z.object({
  ...commonSettings,
  ...trustSettings,
  ...gatewaySettings,
  ...databaseSettings('turnpike_auth'),
  A_PORT: env.port(8081),
  A_FLAG: env.flag(false),
  A_URL: env.url(),
  B_PORT: env.optionalPort(),
});
const good = { DATABASE_URL: 'postgresql://u:p@localhost:5432/postgres', A_URL: 'http://localhost:1/' };
const strong = 'k3J9s8dF7gH6jK5lZ4xC3vB2nM1qW0eR';
const production = {
  ...good,
  NODE_ENV: 'production',
  SERVICE_API_KEY: strong,
  ADMIN_API_KEY: strong,
  INTERNAL_SIGNING_SECRET: `${strong}3`,
  GATEWAY_SIGNING_SECRET: `${strong},${strong}2`,
};

describe('settings', () => {
  test('are parsed, defaulted and frozen', () => {
    const config = loadConfig(schema, { ...good, A_FLAG: 'true', SERVICE_API_KEY: 'a, b,' });
    expect(config).toMatchObject({
      A_PORT: 8081,
      A_FLAG: true,
      A_URL: 'http://localhost:1',
      SERVICE_API_KEY: ['a', 'b'],
      DATABASE_NAME: 'turnpike_auth',
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('a port that is not set stays unset', () => {
    expect(loadConfig(schema, good).B_PORT).toBeUndefined();
    expect(loadConfig(schema, { ...good, B_PORT: '9090' }).B_PORT).toBe(9090);
  });

  test.each([
    ['a missing variable', { A_URL: good.A_URL }, 'DATABASE_URL: is not set'],
    ['an empty one, which counts as missing', { ...good, A_URL: '' }, 'A_URL: is not set'],
    ['a word for a number, which is not missing', { ...good, A_PORT: 'abc' }, 'A_PORT: must be a port number'],
    ['a port out of range', { ...good, A_PORT: '70000' }, 'A_PORT:'],
    ['a word for a flag', { ...good, A_FLAG: 'maybe' }, 'A_FLAG: must be true or false'],
    ['a database of another kind', { ...good, DATABASE_URL: 'mysql://x' }, 'DATABASE_URL: must be a postgresql:// URL'],
  ])('%s is named', (_name, environment, message) => {
    expect(() => loadConfig(schema, environment)).toThrow(message);
  });

  test('a database name replaces the path of the server URL only', () => {
    expect(serviceDatabaseUrl('postgresql://u:p@h:1/postgres?sslmode=require', 'turnpike_auth')).toBe(
      'postgresql://u:p@h:1/turnpike_auth?sslmode=require',
    );
  });
});

describe('secrets in production', () => {
  test('strong ones are accepted', () => {
    expect(() => loadConfig(schema, production)).not.toThrow();
  });

  test.each([
    ['missing', undefined, 'is not set, and production needs it'],
    ['short', 'abc123', 'must be at least 32 bytes'],
    ['repeated', 'a'.repeat(40), 'placeholder'],
    ['well known', 'change-me-change-me-change-me-change-me', 'placeholder'],
    ['weak in its second value', `${strong},short`, 'must be at least 32 bytes'],
  ])('a %s one stops the start and names the variable, not the value', (_name, value, message) => {
    const attempt = () => loadConfig(schema, { ...production, ADMIN_API_KEY: value });
    expect(attempt).toThrow(`ADMIN_API_KEY: ${message.startsWith('is') ? message : ''}`);
    expect(attempt).toThrow(message);
    if (value) expect(attempt).not.toThrow(value);
  });

  test('one that backends hold does not sign for our own services, in production or elsewhere', () => {
    const shared = { GATEWAY_SIGNING_SECRET: 'a, b', INTERNAL_SIGNING_SECRET: 'c,b' };
    expect(() => loadConfig(schema, { ...good, ...shared })).toThrow(
      'INTERNAL_SIGNING_SECRET: must not be GATEWAY_SIGNING_SECRET, which backends hold',
    );
  });

  test('a service needs those of its own settings only', () => {
    const own = z.object({ ...commonSettings, ...gatewaySettings });
    expect(() => loadConfig(own, { NODE_ENV: 'production', GATEWAY_SIGNING_SECRET: strong })).not.toThrow();
    expect(() => loadConfig(own, { NODE_ENV: 'production' })).toThrow('GATEWAY_SIGNING_SECRET: is not set');
  });

  test('one that somebody else made is for them to judge', () => {
    const own = z.object({ ...commonSettings, A_KEY: z.string().optional().meta({ secret: 'foreign' }) });
    expect(loadConfig(own, { NODE_ENV: 'production', A_KEY: 'short' }).A_KEY).toBe('short');
    expect(() => loadConfig(own, { NODE_ENV: 'production' })).not.toThrow();
  });

  test('one that may be missing may not be weak', () => {
    const own = schema.extend({ ADMIN_API_KEY: env.list().meta({ secret: 'optional' }) });
    const attempt = (given: object) => () => loadConfig(own, { ...production, ...given });
    expect(attempt({ ADMIN_API_KEY: undefined })).not.toThrow();
    expect(attempt({ ADMIN_API_KEY: 'short' })).toThrow('ADMIN_API_KEY: must be at least 32 bytes');
  });

  test('only outside production are internal signatures made from the service key', () => {
    const made = internalSigningSecrets(loadConfig(schema, { ...good, SERVICE_API_KEY: 'new,old' }));
    expect(made).toHaveLength(2);
    expect(made.join()).not.toMatch(/new|old/);
    expect(internalSigningSecrets(loadConfig(schema, { ...good, INTERNAL_SIGNING_SECRET: 'a,b' }))).toEqual(['a', 'b']);
    expect(() => loadConfig(schema, { ...production, INTERNAL_SIGNING_SECRET: '' })).toThrow(
      'INTERNAL_SIGNING_SECRET: is not set, and production needs it',
    );
  });
});

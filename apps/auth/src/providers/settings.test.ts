import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../config.ts';
import { beside, publicUrlOf } from './settings.ts';

const secret = (letter: string): string => letter.repeat(8) + 'q8Zr2Lw9Xv4Tn7Ky1Jp6Hs3Gd5Fb0Ma';
const base = {
  DATABASE_URL: 'postgresql://localhost/postgres',
  REDIS_URL: 'redis://localhost',
  AUTH_ENCRYPTION_KEY: secret('a'),
  SERVICE_API_KEY: secret('b'),
  ADMIN_API_KEY: secret('c'),
  INTERNAL_SIGNING_SECRET: secret('d'),
};
const load = (variables: Readonly<Record<string, string>>) => readConfig({ ...base, ...variables });

describe('AUTH_REDIRECT_URIS', () => {
  test('takes exact addresses of sites and apps', () => {
    const uris = [
      'https://app.example/done?x=1',
      'http://127.0.0.1:3000/done',
      'example-app://done',
      'com.example.app:/done',
    ];
    expect(load({ AUTH_REDIRECT_URIS: uris.join(', ') }).AUTH_REDIRECT_URIS).toEqual(uris);
    expect(load({}).AUTH_REDIRECT_URIS).toEqual([]);
  });

  test.each([
    '/done',
    'app.example/done',
    'https://app.example/done#x',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://u:p@app.example/',
    'https://app.example/a b',
  ])('%p stops the service', (uri) => {
    expect(() => load({ AUTH_REDIRECT_URIS: `https://app.example/done,${uri}` })).toThrow('AUTH_REDIRECT_URIS');
  });
});

describe('APPLE_PRIVATE_KEY', () => {
  const pem = (namedCurve: string) =>
    String(generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'pem', type: 'pkcs8' }));

  test.each([
    ['as downloaded', (text: string) => text],
    ['with written line breaks', (text: string) => text.replaceAll('\n', String.raw`\n`)],
    ['in base64', (text: string) => Buffer.from(text).toString('base64')],
  ])('%s', (_name, write) => {
    expect(load({ APPLE_PRIVATE_KEY: write(pem('P-256')) }).APPLE_PRIVATE_KEY?.asymmetricKeyType).toBe('ec');
  });

  test.each([
    ['text', 'not a key'],
    ['a key of another curve', pem('P-384')],
  ])('%s stops the service, and the message does not hold it', (_name, value) => {
    expect(() => load({ APPLE_PRIVATE_KEY: value })).toThrow(/APPLE_PRIVATE_KEY: must be the PEM/);
    expect(() => load({ APPLE_PRIVATE_KEY: value })).not.toThrow(value.slice(30, 60) || value);
  });
});

describe('PUBLIC_URL', () => {
  test("is the edge's local address unless told", () => {
    expect(publicUrlOf(load({}))).toBe('http://127.0.0.1:8080');
    expect(publicUrlOf(load({ EDGE_PORT: '9090' }))).toBe('http://127.0.0.1:9090');
    expect(publicUrlOf(load({ PUBLIC_URL: 'https://api.example.com/' }))).toBe('https://api.example.com');
  });

  test('production needs it for browser sign-ins', () => {
    const production = { NODE_ENV: 'production', AUTH_REDIRECT_URIS: 'https://app.example/done' };
    expect(() => load(production)).toThrow('PUBLIC_URL: is not set');
    expect(publicUrlOf(load({ ...production, PUBLIC_URL: 'https://api.example.com' }))).toBe('https://api.example.com');
  });
});

test("Google's issuer has both spellings unless told", () => {
  expect(load({}).GOOGLE_ISSUERS).toEqual(['https://accounts.google.com', 'accounts.google.com']);
  expect(load({ GOOGLE_ISSUERS: 'http://127.0.0.1:9' }).GOOGLE_ISSUERS).toEqual(['http://127.0.0.1:9']);
});

test("Apple's other endpoints are beside its token endpoint", () => {
  expect(beside('https://appleid.apple.com/auth/token', 'revoke')).toBe('https://appleid.apple.com/auth/revoke');
});

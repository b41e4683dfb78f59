import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '@turnpike/service-kit';
import { loadEdgeConfig, type EdgeConfig } from './config.ts';

const load = (settings: Readonly<Record<string, string>>): EdgeConfig =>
  loadEdgeConfig({ REDIS_URL: 'redis://127.0.0.1:6379', ...settings });

function faultsOf(settings: Readonly<Record<string, string>>): string[] {
  try {
    load(settings);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').slice(1);
  }
}

describe('a malformed setting is one sentence', () => {
  test.each([
    ['CORS_ORIGINS', 'app.example'],
    ['CORS_ORIGINS', 'app.example, http://'],
    ['CORS_ORIGINS', 'https://app.example/'],
    ['CORS_ORIGINS', 'https://*.example'],
    ['CORS_ORIGINS', 'ftp://app.example'],
    ['CORS_ORIGINS', 'null'],
    ['CORS_EXPOSED_HEADERS', 'X-A\r\nX-B: 1'],
    ['CORS_ALLOWED_HEADERS', 'X A'],
  ])('%s=%j', (name, value) => {
    const faults = faultsOf({ [name]: value });
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^ *${name}: `))]);
  });
});

test('lists have their defaults where they are not set or empty', () => {
  expect(load({ CORS_ORIGINS: '', CORS_EXPOSED_HEADERS: '' })).toMatchObject({
    CORS_ORIGINS: [],
    CORS_EXPOSED_HEADERS: expect.arrayContaining(['ETag']),
    CORS_ALLOWED_HEADERS: expect.arrayContaining(['Authorization']),
  });
  expect(load({ CORS_ORIGINS: '*, http://localhost:3000' }).CORS_ORIGINS).toEqual(['*', 'http://localhost:3000']);
});

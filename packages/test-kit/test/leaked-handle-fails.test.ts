import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));
const jest = path.join(repositoryRoot, 'node_modules', 'jest', 'bin', 'jest.js');

/** Jest as the repository runs it, on one fixture, without the stores. */
async function runFixture(name: string): Promise<{ failed: boolean; report: string }> {
  const { default: config } = (await import(path.join(repositoryRoot, 'jest.config.js'))) as { default: object };
  const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = config as Record<string, unknown>;
  const own = { ...rest, rootDir: repositoryRoot, testMatch: [`<rootDir>/packages/test-kit/test/fixtures/${name}`] };
  const args = ['--experimental-vm-modules', jest, '--config', JSON.stringify(own), '--forceExit'];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: repositoryRoot }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, report: stdout + stderr });
    });
  });
}

describe('a test file', () => {
  test('that leaves handles open fails, and they are named', async () => {
    const { failed, report } = await runFixture('leaks.fixture.ts');
    expect(report).toContain('This file left handles open: 1 × TCPServerWrap');
    expect(report).toMatch(/^0 passed, 1 failed$/m);
    expect(failed).toBe(true);
  });

  test('that closes what it opened passes', async () => {
    const { failed, report } = await runFixture('closes.fixture.ts');
    expect(report).toMatch(/^1 passed, 0 failed$/m);
    expect(failed).toBe(false);
  });
});

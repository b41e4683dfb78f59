import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SEEN_FOLDER } from '../src/jest/seen-answers.ts';

const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));
const jest = path.join(repositoryRoot, 'node_modules', 'jest', 'bin', 'jest.js');

/** Jest as the repository runs it, on one fixture, without the stores. `chosen`: as somebody runs it who asks for this file. */
export async function runFixture(name: string, chosen = true): Promise<{ failed: boolean; report: string }> {
  const { default: config } = (await import(path.join(repositoryRoot, 'jest.config.js'))) as { default: object };
  const { globalSetup: _setup, globalTeardown: _teardown, ...rest } = config as Record<string, unknown>;
  const own = { ...rest, rootDir: repositoryRoot, testMatch: [`<rootDir>/packages/test-kit/test/fixtures/${name}`] };
  const args = ['--experimental-vm-modules', jest, '--config', JSON.stringify(own), '--forceExit'];
  return await new Promise((resolve) => {
    // What the tests of the outer run have seen is not this one's.
    const env = { ...process.env, [SEEN_FOLDER]: undefined };
    execFile(
      process.execPath,
      chosen ? [...args, name] : args,
      { cwd: repositoryRoot, env },
      (error, stdout, stderr) => {
        resolve({ failed: error !== null, report: stdout + stderr });
      },
    );
  });
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { bundled, runProgram, SHORT_LIVED_FLAGS } from '../src/index.ts';

const entry = fileURLToPath(new URL('fixtures/places.ts', import.meta.url));
const neighbour = new URL('fixtures/closes.fixture.ts', import.meta.url);

test('a program in one file finds its files where its sources stand', async () => {
  const [one, two] = await Promise.all([bundled(entry), bundled(entry)]);
  expect(two).toBe(one);
  expect(one).not.toBe(entry);
  const { code, stdout } = await runProgram(one);
  expect({ code, told: JSON.parse(stdout) as unknown }).toEqual({
    code: 0,
    told: { file: one, neighbour: (await readFile(neighbour, 'utf8')).length },
  });
});

test('a program that does not exist fails with the reason', async () => {
  await expect(bundled(`${entry}-nowhere`)).rejects.toThrow('places.ts-nowhere');
});

test('services start under options with which V8 still takes compiled code', async () => {
  const markUnder = async (flags: readonly string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [...flags, '-p', 'v8.cachedDataVersionTag()'])).stdout;
  expect(await markUnder(SHORT_LIVED_FLAGS)).toBe(await markUnder([]));
});

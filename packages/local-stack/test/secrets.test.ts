import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadSecrets } from '../src/secrets.ts';
import { withTempFolder } from './temp-folder.ts';

describe('secrets of the local stack', () => {
  test('are made up once, strong, different from each other, and readable by their owner only', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'secrets.json');
      const first = await loadSecrets(file, {});
      expect(await loadSecrets(file, {})).toEqual(first);
      expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
      // Letters and digits only: no command takes one for an option, and no URL changes it.
      for (const secret of Object.values(first)) expect(secret).toMatch(/^[0-9a-f]{64}$/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    });
  });

  test('of the environment win and are not written down', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'secrets.json');
      const given = await loadSecrets(file, { ADMIN_API_KEY: 'the-operators-own-key' });
      expect(given.ADMIN_API_KEY).toBe('the-operators-own-key');
      expect(await readFile(file, 'utf8')).not.toContain('the-operators-own-key');
      expect((await loadSecrets(file, { ADMIN_API_KEY: '' })).ADMIN_API_KEY).not.toBe('');
    });
  });

  test('that a newer release needs are added to those that exist', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'secrets.json');
      await writeFile(file, JSON.stringify({ ADMIN_API_KEY: 'kept', FROM_ANOTHER_TIME: 'kept too' }));
      expect((await loadSecrets(file, {})).ADMIN_API_KEY).toBe('kept');
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ FROM_ANOTHER_TIME: 'kept too' });
    });
  });

  test('in a damaged file are reported in one sentence and left as they are', async () => {
    await withTempFolder(async (folder) => {
      const file = path.join(folder, 'secrets.json');
      await writeFile(file, '{"ADMIN_API_KEY": ');
      await expect(loadSecrets(file, {})).rejects.toThrow('is damaged');
      expect(await readFile(file, 'utf8')).toBe('{"ADMIN_API_KEY": ');
    });
  });
});

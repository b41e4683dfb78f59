import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { consoleLinks } from '../src/console-links.ts';
import { freePort } from '../src/process/free-port.ts';
import { welcomeText } from '../src/welcome.ts';
import { withTempFolder } from './temp-folder.ts';

const info = (url: string) => ({
  edge_url: url,
  database_url: 'postgres://127.0.0.1:1/none',
  redis_url: 'redis://127.0.0.1:1',
  mail_ui_url: url,
  console_url: url,
  admin_api_key: 'admin',
  service_api_key: 'service',
});

test('a link that cannot be made is missed in words, with another way to become an operator', async () => {
  const stack = info(`http://127.0.0.1:${await freePort()}`);
  const links = await withTempFolder(async (folder) => {
    await writeFile(path.join(folder, 'secrets.json'), '{}');
    return await consoleLinks(stack, folder);
  });
  const missing = { missing: 'there was no answer' };
  expect(links).toEqual({ demo: missing, operator: missing });
  const text = welcomeText(stack, '.data', undefined, links);
  expect(text).toMatch(/as an operator +no link could be made: there was no answer\n/);
  expect(text).toContain('turnpike operators grant <your e-mail address> --role admin');
});

test('without a console nothing is said of links', async () => {
  const { console_url: _none, ...stack } = info('http://127.0.0.1:1');
  expect(await consoleLinks(stack, '.data')).toBeUndefined();
  expect(welcomeText(stack, '.data', undefined, undefined)).not.toContain('as an operator');
});

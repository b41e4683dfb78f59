import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, waitFor } from '@turnpike/test-kit';
import { repositoryRoot } from '../infra/repository.ts';
import { blocksOf, commandsFor, isShown, Shell } from '../support/page.ts';
import { stackEnvironment } from '../support/temp-stack.ts';

/** The page on an API of one's own, as far as it runs on this machine: nothing of it is changed but ports. */

const TIMEOUT_MS = 900_000;
let folder = '';
const terminals: Shell[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-own-api-'));
  await symlink(path.join(repositoryRoot, 'examples'), path.join(folder, 'examples'));
});
afterAll(async () => {
  for (const terminal of terminals) await terminal.close();
  await rm(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

test(
  'every block for this machine does what the page says',
  async () => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const env = stackEnvironment(path.join(folder, '.data'), { PORT: port, ORDERS_URL: url });
    env['PATH'] = `${await commandsFor(folder)}:${env['PATH'] ?? ''}`;
    const open = (): Shell => {
      const shell = new Shell(folder, env);
      terminals.push(shell);
      return shell;
    };
    const here = open();
    let output = '';
    let edge = '';
    // What compose and Kubernetes run is marked as another language.
    for (const { language, terminal, text } of blocksOf('docs/own-api.md').filter(
      (block) => block.language !== 'bash',
    )) {
      const lines = text.replaceAll('http://127.0.0.1:8080', edge).replaceAll('http://127.0.0.1:3000', url);
      if (terminal !== undefined) {
        const shell = open();
        shell.start(lines);
        if (lines.includes('pnpm@12 start')) {
          await shell.shows('Ctrl-C stops everything');
          const info = JSON.parse(await readFile(path.join(folder, '.data/stack.json'), 'utf8')) as {
            edge_url: string;
          };
          edge = info.edge_url;
        } else await waitFor(async () => (await fetch(`${url}/health`).catch(() => undefined))?.ok === true);
      } else if (language === 'sh') output = await here.run(lines);
      else if (!isShown(output, lines)) expect(output).toBe(lines);
    }
    expect(output).toContain('did not come through the gateway');
  },
  TIMEOUT_MS,
);

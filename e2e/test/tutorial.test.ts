import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@turnpike/local-stack/servers';
import { waitFor } from '@turnpike/test-kit';
import { blocksOf, commandsFor, hasPython, isShown, Shell } from '../support/page.ts';
import { stackEnvironment } from '../support/temp-stack.ts';

/** The tutorial, block by block: nothing of it is changed but ports, as those that people know may be in use. */

const TIMEOUT_MS = 900_000;
const terminals = new Map<string, Shell>();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'turnpike-tutorial-'));
  await mkdir(path.join(folder, 'my-api'));
});
afterAll(async () => {
  // The gateway's terminal last, as it was opened before the others end.
  for (const shell of terminals.values()) await shell.close();
  await rm(folder, { recursive: true, force: true });
}, TIMEOUT_MS);

/** What runs where there is no Python: all but its terminal, the calls there and their answers. */
function runnable() {
  const blocks = blocksOf('docs/tutorial.md');
  const python = blocks.findIndex(({ language }) => language === 'python');
  expect(blocks.slice(python, python + 4).map(({ language }) => language)).toEqual(['python', 'sh', 'sh', 'json']);
  return hasPython() ? blocks : blocks.toSpliced(python, 4);
}

test(
  'every block of the tutorial does what the page says',
  async () => {
    const { RATE_LIMIT_TIERS: _generous, ...env } = stackEnvironment(path.join(folder, '.data'));
    env['PATH'] = `${await commandsFor(folder)}:${env['PATH'] ?? ''}`;
    const port = String(await freePort());
    const ports = new Map([['3000', port]]);
    const placed = (text: string): string =>
      text.replaceAll(/\b(?:3000|8080|8025)\b/g, (known) => ports.get(known) ?? known);
    const open = async (name: string): Promise<Shell> => {
      await terminals.get(name)?.close();
      const shell = new Shell(folder, env);
      terminals.set(name, shell);
      return shell;
    };
    const here = await open('1');
    let output = '';
    for (const { language, file, terminal, text } of runnable()) {
      const lines = placed(text);
      if (file !== undefined) await writeFile(path.join(folder, file), lines);
      else if (terminal !== undefined) {
        const shell = await open(terminal);
        shell.start(lines);
        if (lines.includes('pnpm@12 start')) {
          await shell.shows('Ctrl-C stops everything');
          const info = JSON.parse(await readFile(path.join(folder, '.data/stack.json'), 'utf8')) as Record<
            string,
            string
          >;
          ports.set('8080', new URL(info['edge_url'] ?? '').port).set('8025', new URL(info['mail_ui_url'] ?? '').port);
        } else await waitFor(async () => await listens(Number(port)));
      } else if (language === 'sh') output = await here.run(lines);
      else if (!isShown(output, lines)) expect(output).toBe(lines);
    }
  },
  TIMEOUT_MS,
);

async function listens(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

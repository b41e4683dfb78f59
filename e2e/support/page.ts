import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Stack } from '@turnpike/local-stack';
import { COMPILE_CACHE } from '@turnpike/local-stack/servers';
import { repositoryRoot } from '../infra/repository.ts';

/*
 * A page that is run as it stands. `sh` blocks are pasted into one shell, one after the other; what stands in a `json` or `text` block after
 * one is what it must print, `…` for anything. `sh terminal=2` is another terminal, where something keeps running until its next block.
 * A block with `file=…` is written to that file.
 */

/** A fenced block. */
export interface Block {
  readonly language: string;
  readonly file: string | undefined;
  readonly terminal: string | undefined;
  readonly text: string;
}

/** The blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(repositoryRoot, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w+)(.*)\n([^]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', words = '', block = '']) => ({
      language,
      file: /file=(\S+)/.exec(words)?.[1],
      terminal: /terminal=(\S+)/.exec(words)?.[1],
      text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** Whether `output` is what the page shows. */
export function isShown(output: string, shown: string): boolean {
  const parts = shown
    .trim()
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^]*?')}$`).test(output.replaceAll('\r', '').trim());
}

/** A shell that keeps its variables from block to block. */
export class Shell {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    // A group of its own, so that what it started ends with it.
    this.#child = spawn('bash', [], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#closed = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.#child.emit('output');
      });
    }
  }

  /** Everything that was printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Pastes lines and returns what they print, once they have ended. */
  async run(lines: string): Promise<string> {
    const from = this.#output.length;
    const end = `-- end of block ${from} --`;
    this.#child.stdin?.write(`${lines}\necho '${end}'\n`);
    await this.shows(end, from);
    return this.#output.slice(from, this.#output.indexOf(end, from));
  }

  /** Pastes lines that keep running. */
  start(lines: string): void {
    this.#child.stdin?.write(lines);
  }

  /** Resolves once `text` was printed; rejects with what was printed when the shell ends first. */
  async shows(text: string, from = 0): Promise<void> {
    const ended = this.#closed.then(() => true);
    while (!this.#output.includes(text, from)) {
      if (await Promise.race([this.#printed().then(() => false), ended]))
        throw new Error(`The shell ended without showing "${text}":\n${this.#output}`);
    }
  }

  async #printed(): Promise<void> {
    await new Promise<void>((resolve) => this.#child.once('output', () => resolve()));
  }

  /** Ctrl-C, and the end of the terminal. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return;
    this.#child.stdin?.end();
    process.kill(-this.#child.pid, 'SIGINT');
    await this.#closed;
  }
}

/** A shell in a folder, with what a page's reader has of a running stack. A command that fails ends it, and the test tells what it said. */
export async function openShell(
  folder: string,
  { dataDir, info }: Pick<Stack, 'dataDir' | 'info'>,
  more: Readonly<Record<string, string>> = {},
): Promise<Shell> {
  const shell = new Shell(folder, {
    PATH: `${await commandsFor(folder)}:${process.env['PATH'] ?? ''}`,
    DATA_DIR: dataDir,
    EDGE_URL: info.edge_url,
    ADMIN_API_KEY: info.admin_api_key,
    ...more,
  });
  await shell.run('set -e');
  return shell;
}

/**
 * Makes `npx -y pnpm@12 …` mean this repository's scripts, and `npm install` the packages that it has: a test fetches nothing.
 *
 * @returns the folder to put in front of `PATH`
 */
export async function commandsFor(folder: string): Promise<string> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await symlink(process.execPath, path.join(bin, 'node'));
  const express = path.join(repositoryRoot, 'packages/downstream-kit/node_modules/express');
  const scripts = {
    npx: `export INIT_CWD=$PWD NODE_COMPILE_CACHE='${COMPILE_CACHE}'\ncd '${repositoryRoot}'\nshift 2\nif [ "$1" = --silent ]; then shift; fi\nif [ "$1" = --filter ]; then cd "packages/\${2#@turnpike/}"; shift 2; fi\nname=$1; shift\nexec node --run "$name" -- "$@"`,
    npm: `[ "$*" = 'install --prefix my-api express@5' ] || exit 1\nmkdir -p my-api/node_modules\nln -s '${express}' my-api/node_modules/express`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\nset -e\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  return bin;
}

/** Whether this machine can run a page's Python. */
export function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { COMPILE_CACHE } from '@turnpike/local-stack/servers';

const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The command behind `pnpm start`, as a process. */
export interface CommandRun {
  child: ChildProcess;
  /** Everything on the screen so far. */
  screen: () => string;
  /** Resolves when the screen shows `text`; rejects with the screen when the command ends first. */
  shows: (text: string) => Promise<void>;
  /** Resolves with the exit code when the command has ended. */
  ended: Promise<number | null>;
}

/** Starts the command in the repository, or in that of another release. */
export function runStart(environment: NodeJS.ProcessEnv, root = repositoryRoot): CommandRun {
  const child = spawn(process.execPath, [path.join('packages', 'local-stack', 'src', 'cli.ts')], {
    cwd: root,
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let screen = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      screen += chunk.toString();
      child.emit('screen');
    });
  }
  const shows = async (text: string): Promise<void> => {
    while (!screen.includes(text)) {
      const more = await Promise.race([once(child, 'screen').then(() => true), ended.then(() => false)]);
      if (!more && !screen.includes(text)) throw new Error(`The command ended without showing "${text}":\n${screen}`);
    }
  };
  return { child, screen: () => screen, shows, ended };
}

/** Runs lines in bash, as pasted into a terminal; returns what they wrote. */
export async function paste(lines: string): Promise<string> {
  const shell = spawn('bash', ['-c', lines], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(shell, 'close');
  return output;
}

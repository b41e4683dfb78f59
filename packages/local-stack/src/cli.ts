import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { repositoryRoot } from './config.ts';
import { consoleLinks } from './console-links.ts';
import { modelKey } from './model-key.ts';
import { watchLaunchers } from './process/ancestors.ts';
import { textProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { StackError } from './stack-error.ts';
import { startStack } from './stack.ts';
import { welcomeText } from './welcome.ts';

const GENERATE_TIMEOUT_MS = 300_000;

/** `pnpm start`: runs the stack until it is told to stop. */
async function main(): Promise<void> {
  const progress = textProgress((text) => process.stdout.write(text));
  process.stdout.write('Starting Turnpike\n');
  const stop = new AbortController();
  await listenForStop(stop, progress);
  await progress.step('Generated code', async () => await generate(stop.signal));
  const stack = await startStack({ environment: process.env, progress, signal: stop.signal });
  const key = await modelKey(stack.info, stack.dataDir);
  const links = await consoleLinks(stack.info, stack.dataDir);
  process.stdout.write(`${welcomeText(stack.info, stack.dataDir, key, links)}\n`);
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
  progress.note('Stopping …');
  await stack.stop();
  progress.note('Stopped; the data is kept.');
}

/**
 * Aborts at the first request to stop: Ctrl-C, SIGTERM, the end of the terminal or of the command that started us. At
 * the second Ctrl-C we end at once; our processes notice that and end by themselves.
 */
async function listenForStop(stop: AbortController, progress: Progress): Promise<void> {
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
  });
  process.on('SIGTERM', () => stop.abort());
  process.on('SIGHUP', () => stop.abort());
  await watchLaunchers(() => {
    progress.note('The command that started this has ended.');
    stop.abort();
  });
}

/** Database clients are made from the schemas, when those have changed. */
async function generate(signal: AbortSignal): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, ['--run', 'generate'], {
      cwd: repositoryRoot,
      timeout: GENERATE_TIMEOUT_MS,
      signal,
    });
  } catch (cause) {
    // Ctrl-C reaches this process as well as us.
    signal.throwIfAborted();
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new StackError(`The database clients could not be made:\n${stdout}${stderr}`, { cause });
  }
}

// A reader that goes away (`pnpm start | head`) must not end the stack in the middle of its work.
process.stdout.on('error', () => undefined);

try {
  await main();
  process.exit(0);
} catch (error) {
  // Stopped while still starting: what was asked for has happened.
  if (error instanceof Error && error.name === 'AbortError') {
    process.stdout.write('  Stopped; the data is kept.\n');
    process.exit(0);
  }
  const text = error instanceof StackError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`\n${text}\n`);
  process.exit(1);
}

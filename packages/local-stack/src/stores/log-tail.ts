import { readFile } from 'node:fs/promises';

/** The last lines of a log file, for a message about a program that did not start. */
export async function tailOf(logFile: string, lines = 5): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

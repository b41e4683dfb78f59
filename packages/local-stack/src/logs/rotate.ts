import { copyFile, rename, stat, truncate } from 'node:fs/promises';

/** A log that has grown past this becomes the older part of itself. */
const LOG_BYTES_MAX = 20 * 1_048_576;
/** How often the logs that others write are looked at. */
const LOOK_MS = 10_000;

/** Where the older part of a log lies: what the previous run wrote, or this one before the log was full. */
export function olderPartOf(logFile: string): string {
  return logFile.replace(/\.log$/, '.1.log');
}

/** Puts a full log aside, so that the next write begins a new one. */
export async function makeRoom(logFile: string, bytesMax = LOG_BYTES_MAX): Promise<void> {
  if ((await sizeOf(logFile)) > bytesMax) await rename(logFile, olderPartOf(logFile));
}

/**
 * The same for logs that programs write themselves, appending to a file that they keep open: it is copied and emptied. Where the copy does not
 * fit on the disk, the past is lost, since what happens next matters more.
 *
 * @returns ends the watch
 */
export function rotateWhileWritten(
  logFiles: readonly string[],
  bytesMax = LOG_BYTES_MAX,
  everyMs = LOOK_MS,
): () => void {
  const rotate = async (logFile: string): Promise<void> => {
    if ((await sizeOf(logFile)) <= bytesMax) return;
    await copyFile(logFile, olderPartOf(logFile)).catch(() => undefined);
    // A log that cannot be emptied is looked at again.
    await truncate(logFile).catch(() => undefined);
  };
  let isRotating = false;
  const look = async (): Promise<void> => {
    // Beside a copy that is slow, a second one would find the log emptied, and put nothing in the place of the first.
    if (isRotating) return;
    isRotating = true;
    await Promise.all(logFiles.map(rotate));
    isRotating = false;
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

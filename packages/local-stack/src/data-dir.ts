import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { olderPartOf } from './logs/rotate.ts';
import { errorCode, errorMessage, StackError } from './stack-error.ts';

/** Everything the stack keeps, by path. */
export interface DataDir {
  readonly root: string;
  readonly postgres: string;
  readonly redis: string;
  readonly logs: string;
  /** Made-up secrets of this machine; mode 0600. */
  readonly secretsFile: string;
  /** Where other tools find the running stack; there while it runs. */
  readonly stackFile: string;
  readonly lockFile: string;
}

/** The layout below a data folder. */
export function dataDirAt(root: string): DataDir {
  const absolute = path.resolve(root);
  const at = (name: string): string => path.join(absolute, name);
  return {
    root: absolute,
    postgres: at('postgres'),
    redis: at('redis'),
    logs: at('logs'),
    secretsFile: at('secrets.json'),
    stackFile: at('stack.json'),
    lockFile: at('stack.lock'),
  };
}

/** Creates what is missing. PostgreSQL may run as another user, who must be able to pass through the folder. */
export async function createDataDir(dataDir: DataDir): Promise<void> {
  await makeFolder(dataDir.root, process.getuid?.() === 0 ? 0o711 : 0o700);
  await makeFolder(dataDir.logs, 0o700);
}

/** Makes a folder, and those above it. Node's own `recursive` never returns where the system makes none (below /proc). */
async function makeFolder(folder: string, mode: number): Promise<void> {
  const make = async (): Promise<unknown> => await mkdir(folder, { mode }).catch(errorCode);
  if ((await make()) === 'ENOENT') {
    await makeFolder(path.dirname(folder), mode);
    await make();
  }
  if (!(await stat(folder)).isDirectory()) throw new Error('it is a file');
}

/** Runs what needs the folder; a failure of the file system becomes one sentence. */
export async function usingDataDir<T>(dataDir: DataDir, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof StackError) throw cause;
    throw new StackError(`DATA_DIR ${dataDir.root} cannot be used: ${errorMessage(cause)}`, { cause });
  }
}

/** Where the log of one process lies. */
export function logFileOf(dataDir: DataDir, name: string): string {
  return path.join(dataDir.logs, `${name}.log`);
}

/** The log of one process. What the previous run wrote moves to `<name>.1.log`. */
export async function freshLog(dataDir: DataDir, name: string): Promise<string> {
  const file = logFileOf(dataDir, name);
  const previous = olderPartOf(file);
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  if (exists) {
    await rm(previous, { force: true });
    await rename(file, previous);
  }
  return file;
}

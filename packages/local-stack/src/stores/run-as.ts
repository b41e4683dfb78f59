import { execFileSync, spawnSync } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { StackError } from '../stack-error.ts';

interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** How to run a program as a user that PostgreSQL accepts. */
export interface RunAs {
  /** Who must own the files; undefined for whoever we are. */
  readonly owner: UserIds | undefined;
  /** The command that does it. */
  readonly commandLine: (
    program: string,
    args: readonly string[],
  ) => { command: string; args: string[] } & Partial<UserIds>;
}

/**
 * PostgreSQL refuses to run as root, so the user `postgres` runs it, or `nobody`; `dataDir` is made that user's. Where
 * that user may not pass through the folders above (/root), it keeps root's right to do so, and no other.
 */
export async function unprivilegedUser(programDir: string, dataDir: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) {
    return { owner: undefined, commandLine: (command, args) => ({ command, args: [...args] }) };
  }
  const owner = (await ownerOf(dataDir)) ?? lookUp('postgres') ?? lookUp('nobody');
  if (owner === undefined) {
    throw new StackError(
      'PostgreSQL cannot run as root, and there is no user "postgres" or "nobody" to run it: start as an ordinary user, or set DATABASE_URL to a server of your own.',
    );
  }
  await chown(dataDir, owner.uid, owner.gid);
  const folders = [programDir, dataDir];
  if (folders.every((folder) => canEnter(folder, ['test'], owner))) {
    return { owner, commandLine: (command, args) => ({ command, args: [...args], ...owner }) };
  }
  const setpriv = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  // The secure bit lets access(2), with which initdb looks for its programs, count the right as well.
  setpriv.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup');
  if (folders.every((folder) => canEnter(folder, [...setpriv, 'test'], {}))) {
    return {
      owner,
      commandLine: (program, args) => ({ command: 'setpriv', args: [...setpriv.slice(1), program, ...args] }),
    };
  }
  throw new StackError(
    `PostgreSQL cannot run as root, and no other user may enter ${programDir}: put the clone and DATA_DIR outside root's home folder, or set DATABASE_URL to a server of your own.`,
  );
}

/** The owner of a folder that an earlier run made, unless root does. */
async function ownerOf(folder: string): Promise<UserIds | undefined> {
  const { uid, gid } = await stat(folder);
  return uid === 0 ? undefined : { uid, gid };
}

function lookUp(name: string): UserIds | undefined {
  try {
    const read = (flag: string): number =>
      Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: read('-u'), gid: read('-g') };
  } catch {
    return undefined;
  }
}

function canEnter(folder: string, [command = 'test', ...args]: readonly string[], user: Partial<UserIds>): boolean {
  return spawnSync(command, [...args, '-x', folder], { ...user, stdio: 'ignore' }).status === 0;
}

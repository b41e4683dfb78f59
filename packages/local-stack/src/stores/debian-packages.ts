import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failureOf, findOnPath, isExecutable } from './command.ts';

/** What starts a program of the copy: it finds the libraries that came with it. `target` lies below the unpacked root. */
const launcher = (target: string): string => `#!/bin/sh
here=\${0%/*}
for folder in "$here"/root/usr/lib/*-linux-gnu* "$here"/root/lib/*-linux-gnu*; do
  LD_LIBRARY_PATH=$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$here/root/${target}" "$@"
`;

/** A copy of programs in a folder of ours. */
export interface OwnCopy {
  readonly folder: string;
  /** Packages whose files are unpacked, with the libraries of theirs that are missing here. */
  readonly packages: readonly string[];
  /** The programs of the copy by the names that they get in `folder`, each with its place below the unpacked root. */
  readonly programs: Readonly<Record<string, string>>;
  /** What makes each program tell its version and end, by which it is seen to run. Default `--version`. */
  readonly versionFlag?: string;
  /** Mends what was unpacked before its programs are looked for. */
  readonly mend?: (root: string) => Promise<void>;
}

/** Whether the system can give us a copy. */
export function canFetchPackages(searchPath: string | undefined): boolean {
  return ['apt-get', 'dpkg-deb'].every((name) => findOnPath([name], searchPath) !== undefined);
}

/**
 * Fetches packages, and the libraries that are missing here, from the archive that the system trusts, and unpacks them into a folder of ours.
 * Nothing is installed: no root is needed, no service starts, and the folder is all there is to remove.
 *
 * @returns undefined when it is there, otherwise why not
 */
export async function fetchPackages(copy: OwnCopy, searchPath: string | undefined): Promise<string | undefined> {
  await mkdir(path.dirname(copy.folder), { recursive: true });
  // Complete or not at all: other starts and test runs look for it too.
  const beside = await mkdtemp(`${copy.folder}-`);
  try {
    return (await unpackInto(beside, copy, searchPath)) ?? (await putInPlace(beside, copy));
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function unpackInto(
  beside: string,
  { packages, programs, versionFlag = '--version', mend }: OwnCopy,
  searchPath: string | undefined,
): Promise<string | undefined> {
  const [lists, cache] = [path.join(beside, 'lists'), path.join(beside, 'cache')];
  const archives = path.join(cache, 'archives');
  for (const each of [lists, archives]) await mkdir(path.join(each, 'partial'), { recursive: true });
  const options = [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`, 'Debug::NoLocking=true'];
  // Root would hand downloads to a user of apt's own, who may not enter our folder.
  if (process.getuid?.() === 0) options.push('APT::Sandbox::User=root');
  const apt = ['apt-get', '-qq', ...options.flatMap((option) => ['-o', option])];
  const install = ['install', '--download-only', '--reinstall', '--no-install-recommends', '-y', ...packages];
  const failure =
    (await failureOf([...apt, 'update'], searchPath)) ?? (await failureOf([...apt, ...install], searchPath));
  if (failure !== undefined) return failure;
  const root = path.join(beside, 'root');
  for (const file of (await readdir(archives)).filter((name) => name.endsWith('.deb'))) {
    const broken = await failureOf(['dpkg-deb', '-x', path.join(archives, file), root], searchPath);
    if (broken !== undefined) return broken;
  }
  for (const each of [lists, cache]) await rm(each, { recursive: true });
  await mend?.(root);
  for (const [name, target] of Object.entries(programs)) {
    const program = path.join(beside, name);
    await writeFile(program, launcher(target));
    await chmod(program, 0o755);
    const broken = await failureOf([program, versionFlag], searchPath);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

async function putInPlace(beside: string, { folder, programs }: OwnCopy): Promise<string | undefined> {
  try {
    await rename(beside, folder);
  } catch (error) {
    // Somebody else was faster.
    if (!Object.keys(programs).every((name) => isExecutable(path.join(folder, name)))) throw error;
  }
  return undefined;
}

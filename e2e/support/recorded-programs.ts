import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { repositoryRoot } from '../infra/repository.ts';

/*
 * The programs of a release: the sources of its services and of the stack that starts them. Not in it are libraries, which are those of this checkout,
 * generated code, which is generated anew with these, the console, and tests.
 */

/** Text of each file by its path. */
type Programs = Readonly<Record<string, string>>;

const FILE = 'programs.json.br';
const APPS = ['auth', 'credits', 'edge-proxy', 'example-downstream', 'llm', 'usage', 'users'];
const SCOPE = '@turnpike/';
/** An app that has it has a database, and a client of Prisma's to generate. */
const SCHEMA_CONFIG = 'prisma.config.ts';
const NOT_KEPT = /^(?:node_modules|generated|test|build|\.turbo)$|\.test\.ts$|\.md$/;

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Writes the programs of a checkout into the folder of a recording. */
export async function recordPrograms(checkout: string, folder: string): Promise<void> {
  const programs: Record<string, string> = {};
  const wanted = ['packages/local-stack', ...APPS.map((name) => `apps/${name}`)];
  // Each adds the packages of ours that it uses.
  for (const room of wanted) {
    for (const file of await filesOf(checkout, room))
      programs[file] = await readFile(path.join(checkout, file), 'utf8');
    const { dependencies = {} } = JSON.parse(programs[`${room}/package.json`] ?? '{}') as Manifest;
    const more = Object.keys(dependencies).filter((name) => name.startsWith(SCOPE));
    wanted.push(...more.map((name) => name.replace(SCOPE, 'packages/')).filter((each) => !wanted.includes(each)));
  }
  const text = Buffer.from(JSON.stringify(programs));
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  await writeFile(path.join(folder, FILE), brotliCompressSync(text, { params }));
}

async function filesOf(checkout: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(checkout, folder), { withFileTypes: true });
  const lists = entries
    .filter(({ name }) => !NOT_KEPT.test(name))
    .map(async (entry): Promise<string[]> => {
      const file = `${folder}/${entry.name}`;
      return entry.isDirectory() ? await filesOf(checkout, file) : [file];
    });
  return (await Promise.all(lists)).flat();
}

/** Whether a recording has programs. */
export function hasPrograms(release: string): boolean {
  return existsSync(path.join(folderOf(release), FILE));
}

/**
 * Lays out the programs of a recording, which find their libraries in this checkout, and generates their code. Throws where one needs a library that is
 * no longer here.
 *
 * @param folder where to; it becomes the root of that release's repository
 */
export async function layOutPrograms(release: string, folder: string): Promise<void> {
  const packed = await readFile(path.join(folderOf(release), FILE));
  const programs = JSON.parse(brotliDecompressSync(packed).toString()) as Programs;
  for (const [file, text] of Object.entries(programs)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
  // What `start` would generate is generated below, with the libraries of this checkout.
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ scripts: { generate: 'true' } }));
  for (const [file, text] of Object.entries(programs)) {
    const room = path.dirname(file);
    if (path.basename(file) !== 'package.json' || room.split('/').length !== 2) continue;
    const generates = `${room}/${SCHEMA_CONFIG}` in programs;
    const names = Object.keys((JSON.parse(text) as Manifest).dependencies ?? {});
    for (const name of generates ? [...names, 'prisma'] : names) {
      const link = path.join(folder, room, 'node_modules', name);
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(
        name.startsWith(SCOPE) ? path.join(folder, name.replace(SCOPE, 'packages/')) : await libraryOf(room, name),
        link,
      );
    }
    if (generates) await generate(path.join(folder, room));
  }
}

/** As the script `generate` of an app does: no engine is needed for it, and none is fetched. */
async function generate(app: string): Promise<void> {
  const prisma = path.join(app, 'node_modules/prisma/build/index.js');
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true' };
  await promisify(execFile)(process.execPath, [prisma, 'generate'], { cwd: app, env });
}

async function libraryOf(room: string, name: string): Promise<string> {
  try {
    return await realpath(path.join(repositoryRoot, room, 'node_modules', name));
  } catch (cause) {
    throw new Error(`${room} of the recorded release needs ${name}, which this release no longer installs for it`, {
      cause,
    });
  }
}

const folderOf = (release: string): string => path.join(repositoryRoot, 'e2e', 'releases', release);

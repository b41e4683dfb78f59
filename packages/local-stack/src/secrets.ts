import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { errorCode, errorMessage, StackError } from './stack-error.ts';

/** 256 bits: long enough for every check that production makes. Letters and digits, so that no command takes one for an option. */
const secretBytes = 32;

const NAMES = [
  'ADMIN_API_KEY',
  'SERVICE_API_KEY',
  'INTERNAL_SIGNING_SECRET',
  'GATEWAY_SIGNING_SECRET',
  'FLASH_SERVICE_KEY',
  'CLOCKCHAIN_SERVICE_KEY',
  'BILLING_SERVICE_KEY',
  'AUTH_ENCRYPTION_KEY',
  'USERS_ENCRYPTION_KEY',
  'JWT_SECRET_KEY',
  'CONSOLE_KEY',
  'POSTGRES_PASSWORD',
  'REDIS_PASSWORD',
  'REDIS_SERVICE_PASSWORD',
] as const;

/** The name of a secret, which is also the variable that overrides it. */
export type SecretName = (typeof NAMES)[number];

/** A value for every secret. */
export type Secrets = Readonly<Record<SecretName, string>>;

const secretsFile = z.record(z.string(), z.string());

/**
 * The secrets of the stack on this machine: made up on the first run and kept in a file that only its owner can read, so
 * that sessions and signing keys survive a restart. A value in the environment wins and is not written down.
 */
export async function loadSecrets(file: string, environment: NodeJS.ProcessEnv): Promise<Secrets> {
  const kept = await readSecrets(file);
  const missing = NAMES.filter((name) => kept[name] === undefined);
  const all = { ...kept };
  for (const name of missing) all[name] = randomBytes(secretBytes).toString('hex');
  if (missing.length > 0) await writeSecrets(file, all);
  const valueOf = (name: SecretName): string => environment[name] || all[name] || '';
  return Object.freeze(Object.fromEntries(NAMES.map((name) => [name, valueOf(name)])) as Record<SecretName, string>);
}

async function readSecrets(file: string): Promise<Record<string, string>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {};
    throw new StackError(`The secrets in ${file} cannot be read: ${errorMessage(error)}`, { cause: error });
  }
  try {
    return secretsFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new StackError(`${file} is damaged: restore it, or remove the data folder to start with an empty one.`, {
      cause,
    });
  }
}

/** Written beside and moved over, so that a crash leaves the old file or the new one. */
async function writeSecrets(file: string, secrets: Record<string, string>): Promise<void> {
  const beside = `${file}.new`;
  await writeFile(beside, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await chmod(beside, 0o600);
  await rename(beside, file);
}

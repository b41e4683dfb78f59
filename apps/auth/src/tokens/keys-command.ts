import { loadOrExit } from '@turnpike/service-kit';
import { readConfig, type Config } from '../config.ts';
import { openDatabase, type Database } from '../database.ts';
import { EXIT_USAGE } from '../exit-codes.ts';
import { Vault } from '../vault/domain/vault.ts';
import { reseal } from '../vault/reseal.ts';
import { rotateSigningKeys } from './rotate-keys.ts';
import { deleteSigningKey, listSigningKeys } from './stores/signing-keys.ts';

const USAGE = `Usage: npx -y pnpm@12 --filter @turnpike/auth keys <command>
       docker compose run --rm auth src/cli.ts keys <command>

  keys list              the signing keys and when each begins, stops signing and stops verifying
  keys rotate            publish a new signing key; it signs after SIGNING_KEY_PUBLISH_SECONDS
  keys rotate --urgent   the same, but it signs as soon as every instance knows it (one minute); verifiers that cache
                         the key set for longer may refuse its first tokens
  keys revoke <kid>      for a key that leaked: its tokens are refused within seconds, and a new key signs at once
  keys reseal            seal everything stored with the first value of AUTH_ENCRYPTION_KEY, so that the others can go
`;

/** How long instances need to read a new key, in milliseconds: several of their reload periods. */
const URGENT_PUBLISH_MS = 60_000;

/** Runs `keys …` and resolves with the exit code. */
export async function keysCommand(args: readonly string[]): Promise<number> {
  const command = commandOf(args);
  if (command === undefined) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const config = loadOrExit(() => readConfig());
  const database = openDatabase(config);
  try {
    return await command(database, config);
  } finally {
    await database.close();
  }
}

type Command = (database: Database, config: Config) => Promise<number>;

function commandOf([name, argument, ...rest]: readonly string[]): Command | undefined {
  if (rest.length > 0) return undefined;
  if (name === 'list' && argument === undefined) return list;
  if (name === 'rotate' && argument === undefined)
    return (database, config) => rotate(database, config, config.SIGNING_KEY_PUBLISH_SECONDS * 1_000);
  if (name === 'rotate' && argument === '--urgent')
    return (database, config) => rotate(database, config, URGENT_PUBLISH_MS);
  if (name === 'reseal' && argument === undefined) return resealAll;
  if (name === 'revoke' && argument !== undefined) return (database, config) => revoke(database, config, argument);
  return undefined;
}

async function list(database: Database): Promise<number> {
  for (const key of await listSigningKeys(database)) {
    const until = key.retiresAt ? `until ${key.retiresAt.toISOString()}` : 'with no end set';
    const verifies = key.verifiesUntil ? `, verifies until ${key.verifiesUntil.toISOString()}` : '';
    process.stdout.write(`${key.kid} ${key.algorithm} signs from ${key.signsFrom.toISOString()} ${until}${verifies}\n`);
  }
  return 0;
}

async function rotate(database: Database, config: Config, publishMs: number): Promise<number> {
  if (config.JWT_ALGORITHM === 'HS256') {
    process.stderr.write('With HS256 there is no key to rotate: change JWT_SECRET_KEY and restart.\n');
    return 1;
  }
  const published = await rotateSigningKeys(database, new Vault(config.AUTH_ENCRYPTION_KEY), {
    algorithm: config.JWT_ALGORITHM,
    onlyIfOlderThanMs: 0,
    publishMs,
  });
  if (published)
    process.stdout.write(`Published ${published.kid}; it signs from ${published.signsFrom.toISOString()}.\n`);
  return published ? 0 : 1;
}

async function revoke(database: Database, config: Config, kid: string): Promise<number> {
  const known = (await listSigningKeys(database)).some((key) => key.kid === kid);
  if (!known) {
    process.stderr.write(`There is no signing key ${kid}.\n`);
    return 1;
  }
  // First the new key, so that there is one to sign with at every moment.
  const rotated = await rotate(database, config, 0);
  if (rotated !== 0) return rotated;
  await deleteSigningKey(database, kid);
  process.stdout.write(`Revoked ${kid}.\n`);
  return 0;
}

async function resealAll(database: Database, config: Config): Promise<number> {
  const { resealed, unopened } = await reseal(database, new Vault(config.AUTH_ENCRYPTION_KEY));
  process.stdout.write(`Sealed ${resealed} values anew.\n`);
  if (unopened === 0) return 0;
  process.stderr.write(
    `${unopened} values were sealed with a key that is not in AUTH_ENCRYPTION_KEY; they stay as they are.\n`,
  );
  return 1;
}

import { loadOrExit } from '@turnpike/service-kit';
import { loadAuthConfig, type AuthConfig } from './config.ts';
import { Vault } from './domain/vault.ts';
import { rotateSigningKeys } from './security/rotate-keys.ts';
import { openDatabase, type Database } from './stores/database.ts';
import { listSigningKeys } from './stores/signing-keys.ts';

const USAGE = `Usage: node apps/auth/src/cli.ts keys <command>

  keys list              the signing keys and when each begins, stops signing and stops verifying
  keys rotate            publish a new signing key; it signs after SIGNING_KEY_PUBLISH_SECONDS
  keys rotate --urgent   the same, but it signs as soon as every instance knows it (one minute); verifiers that cache
                         the key set for longer may refuse its first tokens
`;

/** How long instances need to read a new key, in milliseconds: several of their reload periods. */
const URGENT_PUBLISH_MS = 60_000;

async function main(args: readonly string[]): Promise<number> {
  const [subject, command, flag] = args;
  const known = subject === 'keys' && (command === 'list' || command === 'rotate') && (flag === undefined || flag === '--urgent');
  if (!known) {
    process.stderr.write(USAGE);
    return 64;
  }
  const config = loadOrExit(() => loadAuthConfig());
  const database = openDatabase(config);
  try {
    return command === 'list' ? await list(database) : await rotate(database, config, flag === '--urgent');
  } finally {
    await database.close();
  }
}

async function list({ query }: Database): Promise<number> {
  for (const key of await listSigningKeys(query)) {
    const until = key.retires_at ? `until ${key.retires_at.toISOString()}` : 'with no end set';
    const verifies = key.verifies_until ? `, verifies until ${key.verifies_until.toISOString()}` : '';
    process.stdout.write(`${key.kid} ${key.algorithm} signs from ${key.signs_from.toISOString()} ${until}${verifies}\n`);
  }
  return 0;
}

async function rotate({ query }: Database, config: AuthConfig, urgent: boolean): Promise<number> {
  if (config.JWT_ALGORITHM === 'HS256') {
    process.stderr.write('With HS256 there is no key to rotate: change JWT_SECRET_KEY and restart.\n');
    return 1;
  }
  const published = await rotateSigningKeys(query, new Vault(config.AUTH_ENCRYPTION_KEY), {
    algorithm: config.JWT_ALGORITHM,
    onlyIfOlderThanMs: 0,
    publishMs: urgent ? URGENT_PUBLISH_MS : config.SIGNING_KEY_PUBLISH_SECONDS * 1_000,
  });
  if (published) process.stdout.write(`Published ${published.kid}; it signs from ${published.signsFrom.toISOString()}.\n`);
  return published ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));

import { isStoreOutage, loadOrExit } from '@turnpike/service-kit';
import { readConfig, type Config } from '../config.ts';
import { openDatabase, type Database } from '../database.ts';
import { EXIT_UNAVAILABLE, EXIT_USAGE } from '../exit-codes.ts';
import { Vault } from '../vault/domain/vault.ts';
import { reseal } from '../vault/reseal.ts';
import { parseAct, recordAct, say, type KeysAct } from './keys-act.ts';
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

  --json           write JSON
  --reason TEXT    why, for the audit trail (at most 500 characters)
  --by NAME        who does it, for the audit trail (the user of the operating system unless told)

Exit codes: 0 done; 1 refused; 64 wrong usage; 69 the database cannot be reached; 78 wrong settings.
`;

/** How long instances need to read a new key, in milliseconds: several of their reload periods. */
const URGENT_PUBLISH_MS = 60_000;

/** Runs `keys …` and resolves with the exit code. */
export async function keysCommand(args: readonly string[]): Promise<number> {
  const act = parseAct(args);
  if (act === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = act && commandOf(act);
  if (act === undefined || command === undefined) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  const config = loadOrExit(() => readConfig());
  const database = openDatabase(config);
  try {
    return await command(database, config, act);
  } catch (error) {
    if (!isStoreOutage(error)) throw error;
    process.stderr.write('The database of auth cannot be reached (DATABASE_URL).\n');
    return EXIT_UNAVAILABLE;
  } finally {
    await database.close();
  }
}

type Command = (database: Database, config: Config, act: KeysAct) => Promise<number>;

function commandOf({ words: [name, argument, ...rest], urgent }: KeysAct): Command | undefined {
  if (rest.length > 0 || (urgent && name !== 'rotate')) return undefined;
  if (name === 'list' && argument === undefined) return list;
  if (name === 'rotate' && argument === undefined)
    return (database, config, act) =>
      rotate(database, config, act, urgent ? URGENT_PUBLISH_MS : config.SIGNING_KEY_PUBLISH_SECONDS * 1_000);
  if (name === 'reseal' && argument === undefined) return resealAll;
  if (name === 'revoke' && argument !== undefined)
    return (database, config, act) => revoke(database, config, act, argument);
  return undefined;
}

async function list(database: Database, _config: Config, { json }: KeysAct): Promise<number> {
  const keys = await listSigningKeys(database);
  if (json) {
    const items = keys.map(({ kid, algorithm, signsFrom, retiresAt, verifiesUntil }) => ({
      kid,
      algorithm,
      signs_from: signsFrom.toISOString(),
      retires_at: retiresAt?.toISOString() ?? null,
      verifies_until: verifiesUntil?.toISOString() ?? null,
    }));
    process.stdout.write(`${JSON.stringify(items, null, 2)}\n`);
    return 0;
  }
  for (const key of keys) {
    const until = key.retiresAt ? `until ${key.retiresAt.toISOString()}` : 'with no end set';
    const verifies = key.verifiesUntil ? `, verifies until ${key.verifiesUntil.toISOString()}` : '';
    process.stdout.write(`${key.kid} ${key.algorithm} signs from ${key.signsFrom.toISOString()} ${until}${verifies}\n`);
  }
  return 0;
}

async function publish(database: Database, config: Config, publishMs: number) {
  if (config.JWT_ALGORITHM === 'HS256') {
    process.stderr.write('With HS256 there is no key to rotate: change JWT_SECRET_KEY and restart.\n');
    return undefined;
  }
  return rotateSigningKeys(database, new Vault(config.AUTH_ENCRYPTION_KEY), {
    algorithm: config.JWT_ALGORITHM,
    onlyIfOlderThanMs: 0,
    publishMs,
  });
}

async function rotate(database: Database, config: Config, act: KeysAct, publishMs: number): Promise<number> {
  const published = await publish(database, config, publishMs);
  if (published === undefined) return 1;
  const signsFrom = published.signsFrom.toISOString();
  await recordAct(database, 'signing_key.rotate', act, { kid: published.kid });
  say(act, { kid: published.kid, signs_from: signsFrom }, `Published ${published.kid}; it signs from ${signsFrom}.`);
  return 0;
}

async function revoke(database: Database, config: Config, act: KeysAct, kid: string): Promise<number> {
  const known = (await listSigningKeys(database)).some((key) => key.kid === kid);
  if (!known) {
    process.stderr.write(`There is no signing key ${kid}.\n`);
    return 1;
  }
  // First the new key, so that there is one to sign with at every moment.
  const published = await publish(database, config, 0);
  if (published === undefined) return 1;
  await deleteSigningKey(database, kid);
  await recordAct(database, 'signing_key.revoke', act, { kid, successor: published.kid });
  const text = `Published ${published.kid}; it signs from ${published.signsFrom.toISOString()}.\nRevoked ${kid}.`;
  say(act, { revoked: kid, kid: published.kid, signs_from: published.signsFrom.toISOString() }, text);
  return 0;
}

async function resealAll(database: Database, config: Config, act: KeysAct): Promise<number> {
  const { resealed, unopened } = await reseal(database, new Vault(config.AUTH_ENCRYPTION_KEY));
  await recordAct(database, 'secrets.reseal', act, { resealed, unopened });
  say(act, { resealed, unopened }, `Sealed ${resealed} values anew.`);
  if (unopened === 0) return 0;
  process.stderr.write(
    `${unopened} values were sealed with a key that is not in AUTH_ENCRYPTION_KEY; they stay as they are.\n`,
  );
  return 1;
}

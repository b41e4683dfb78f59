import type { OperatorRole } from '@turnpike/contracts';
import { isStoreOutage, loadOrExit } from '@turnpike/service-kit';
import { readCommandConfig, type CommandConfig } from '../config.ts';
import { openDatabase, type Database } from '../database.ts';
import { EXIT_REFUSED, EXIT_UNAVAILABLE, EXIT_USAGE } from '../exit-codes.ts';
import { grantOperator, OperatorRefused, revokeOperator, type Appointed } from './appoint.ts';
import { parseRequest, type Change, type Request } from './request.ts';
import { listOperators } from './stores/operators.ts';

const USAGE = `Usage: npx -y pnpm@12 turnpike operators <command>
       docker compose run --rm auth src/cli.ts operators <command>

  operators list                          who operates this installation
  operators grant <account> --role ROLE   make a person an operator, or change the role: viewer reads, support helps, admin changes
  operators revoke <account>              take the role away

An account is named by an e-mail address that its person has proven, or by its id. A change acts within a second.

  --json           write JSON
  --reason TEXT    why, for the audit trail (at most 500 characters)
  --by NAME        who does it, for the audit trail (the user of the operating system unless told)

Exit codes: 0 done, or as it was already; 1 refused; 64 wrong usage; 69 the database cannot be reached; 78 wrong settings.
`;

/** Runs `operators …` and resolves with the exit code. */
export async function operatorsCommand(args: readonly string[]): Promise<number> {
  const request = parseRequest(args);
  if (typeof request === 'string') {
    process.stderr.write(`${request}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (request.command === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const config = loadOrExit(() => readCommandConfig());
  const database = openDatabase(config);
  try {
    return await run(database, config, request);
  } catch (error) {
    if (error instanceof OperatorRefused) {
      process.stderr.write(`${error.message}\n`);
      return EXIT_REFUSED;
    }
    if (!isStoreOutage(error)) throw error;
    process.stderr.write('The database of auth cannot be reached (DATABASE_URL).\n');
    return EXIT_UNAVAILABLE;
  } finally {
    await database.close();
  }
}

async function run(
  database: Database,
  { unprovenAddresses }: CommandConfig,
  request: Exclude<Request, { command: 'help' }>,
): Promise<number> {
  switch (request.command) {
    case 'list':
      await showOperators(database, request.json);
      return 0;
    case 'grant': {
      const granted = await grantOperator(database, request, request.role, { unproven: unprovenAddresses });
      show(request, granted, request.role);
      return 0;
    }
    case 'revoke':
      show(request, await revokeOperator(database, request), null);
      return 0;
  }
}

async function showOperators(database: Database, json: boolean): Promise<void> {
  const operators = await listOperators(database);
  if (json) {
    const items = operators.map(({ userId, email, role, grantedAt, grantedBy, lastLoginAt }) => ({
      user_id: userId,
      email,
      role,
      granted_at: grantedAt.toISOString(),
      granted_by: grantedBy,
      last_login_at: lastLoginAt?.toISOString() ?? null,
    }));
    process.stdout.write(`${JSON.stringify(items, null, 2)}\n`);
    return;
  }
  if (operators.length === 0) process.stdout.write('Nobody is an operator.\n');
  for (const { userId, email, role, grantedAt, grantedBy } of operators)
    process.stdout.write(
      `${email ?? 'no address'} ${role} ${userId} since ${grantedAt.toISOString()} by ${grantedBy}\n`,
    );
}

function show({ json }: Change, { userId, email, changed }: Appointed, role: OperatorRole | null): void {
  const already = changed ? '' : ' already';
  const sentence =
    role === null ? `${changed ? 'is' : 'was'} no operator` : `is${already} an operator with the role ${role}`;
  const text = json ? JSON.stringify({ user_id: userId, email, role, changed }) : `${email ?? userId} ${sentence}.`;
  process.stdout.write(`${text}\n`);
}

import { EXIT_USAGE } from './exit-codes.ts';
import { operatorsCommand } from './operators/command.ts';
import { keysCommand } from './tokens/keys-command.ts';

const USAGE = `Usage: npx -y pnpm@12 --filter @turnpike/auth cli <subject> …
       docker compose run --rm auth src/cli.ts <subject> …

  keys         signing keys: list, rotate, revoke, reseal
  operators    people who operate this installation: list, grant, revoke
`;

const SUBJECTS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  keys: keysCommand,
  operators: operatorsCommand,
};

async function main([subject = '', ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(SUBJECTS, subject) ? SUBJECTS[subject] : undefined;
  if (command !== undefined) return command(args);
  const asked = subject === '--help' || subject === '-h';
  (asked ? process.stdout : process.stderr).write(USAGE);
  return asked ? 0 : EXIT_USAGE;
}

process.exitCode = await main(process.argv.slice(2));

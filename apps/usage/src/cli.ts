import { EXIT_USAGE } from './exit-codes.ts';
import { copyCommand } from './records/copying/command.ts';

const USAGE = `Usage: npx -y pnpm@12 turnpike usage <command>
       docker compose run --rm usage src/cli.ts usage <command>

  usage copy --from STORE    copy request records and sums of another store into that of USAGE_STORE_URL
`;

async function main([subject, command, ...args]: readonly string[]): Promise<number> {
  if (subject === 'usage' && command === 'copy') return copyCommand(args);
  const asked = [subject, command].some((word) => word === '--help' || word === '-h');
  (asked ? process.stdout : process.stderr).write(USAGE);
  return asked ? 0 : EXIT_USAGE;
}

process.exitCode = await main(process.argv.slice(2));

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The root of the repository, or of the image. */
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What the running stack says of itself in `DATA_DIR/stack.json`. */
const stackInfo = z.object({ database_url: z.string().min(1) });

type Environment = Readonly<Record<string, string | undefined>>;

/** There is no server to work on; the message says what to do. */
export class NoStackError extends Error {
  override readonly name = 'NoStackError';
}

/**
 * The environment of a service's command. `DATABASE_URL` names the PostgreSQL server; without it, it is that of the stack which runs with
 * this `DATA_DIR`. Throws `NoStackError`.
 */
export function commandEnvironment(environment: Environment = process.env): Environment {
  if (environment['DATABASE_URL']) return environment;
  const file = path.resolve(root, environment['DATA_DIR'] || '.data', 'stack.json');
  return { ...environment, DATABASE_URL: readStack(file).database_url };
}

function readStack(file: string): z.output<typeof stackInfo> {
  try {
    return stackInfo.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new NoStackError(
      `No stack is running (${file}). Start it with npx -y pnpm@12 start, or name the PostgreSQL server in DATABASE_URL.`,
      { cause },
    );
  }
}

/** The file of an app's own command. */
export function commandOf(app: string): string {
  return path.join(root, 'apps', app, 'src', 'cli.ts');
}

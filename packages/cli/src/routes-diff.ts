import { parseArgs } from 'node:util';
import { Turnpike } from '@turnpike/client';
import { failureOf } from './api/run.ts';
import { gatewayOf } from './config.ts';
import { routesOfFile, type Route } from './edge-command.ts';
import { EXIT_BAD, EXIT_DATA, EXIT_USAGE } from './exit-codes.ts';

const USAGE = `Usage: turnpike routes diff FILE [--json]

  What a routes file would change at the gateway that runs: routes that come, go or are another, in what operators see of them. Upstreams'
  settings are not compared; where they alone differ, or a comment does, it says that the text is another. Nothing is changed.

Exit codes: 0 no difference; 1 some, or refused; 64 wrong usage; 65 the file has faults, which are told by line; 69 no gateway, or what it needs is down;
75 not now.
`;
const PAGE = 100;

/** Routes by what a file would do to them. */
interface Difference {
  readonly added: readonly Route[];
  readonly removed: readonly Route[];
  readonly changed: readonly { readonly id: string; readonly before: Partial<Route>; readonly after: Partial<Route> }[];
  /** Whether the texts of the two files are the same. */
  readonly same_text: boolean;
}

/** Runs `routes diff …` and resolves with the exit code. */
export async function runRoutesDiff(args: readonly string[]): Promise<number> {
  const asked = askedFor(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (asked.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const read = await routesOfFile(asked.file);
  if ('faults' in read) {
    process.stderr.write(read.faults);
    return EXIT_DATA;
  }
  try {
    const { url, adminKey } = gatewayOf();
    const difference = compare(await routesInForce(new Turnpike({ baseUrl: url, credentials: { adminKey } })), read);
    const { added, removed, changed } = difference;
    process.stdout.write(asked.json ? `${JSON.stringify(difference, undefined, 2)}\n` : textOf(difference));
    return added.length + removed.length + changed.length === 0 && difference.same_text ? 0 : EXIT_BAD;
  } catch (error) {
    return failureOf(error);
  }
}

async function routesInForce(client: Turnpike): Promise<{ digest: string; items: Route[] }> {
  const items: Route[] = [];
  for (;;) {
    const query = { source: 'file', limit: PAGE, offset: items.length } as const;
    const page = await client.call('platform.adminListRoutes', { query });
    items.push(...page.items);
    if (page.items.length === 0 || items.length >= page.total) return { digest: page.digest, items };
  }
}

function compare(
  before: { digest: string; items: readonly Route[] },
  after: { digest: string; items: readonly Route[] },
): Difference {
  const known = new Map(before.items.map((route) => [route.id, route]));
  const wanted = new Map(after.items.map((route) => [route.id, route]));
  return {
    added: after.items.filter(({ id }) => !known.has(id)),
    removed: before.items.filter(({ id }) => !wanted.has(id)),
    changed: after.items.flatMap((route) => {
      const old = known.get(route.id);
      const names = Object.keys(route) as (keyof Route)[];
      const other = names.filter(
        (name) => old !== undefined && JSON.stringify(old[name]) !== JSON.stringify(route[name]),
      );
      if (old === undefined || other.length === 0) return [];
      const only = (all: Route): Partial<Route> => Object.fromEntries(other.map((name) => [name, all[name]]));
      return [{ id: route.id, before: only(old), after: only(route) }];
    }),
    same_text: before.digest === after.digest,
  };
}

function textOf({ added, removed, changed, same_text: sameText }: Difference): string {
  const named = ({ id, methods, path, upstream }: Route): string =>
    `${id}  ${methods?.join(',') ?? 'any'} ${path} → ${upstream}`;
  const lines = [
    ...added.map((route) => `+ ${named(route)}`),
    ...removed.map((route) => `- ${named(route)}`),
    ...changed.map(({ id, before, after }) => `~ ${id}  ${JSON.stringify(before)} → ${JSON.stringify(after)}`),
  ];
  if (lines.length > 0) return `${lines.join('\n')}\n`;
  return sameText ? 'The gateway has this file.\n' : 'The same routes; the text of the file is another.\n';
}

function askedFor(args: readonly string[]): { help: boolean; json: boolean; file: string } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
    const [file = '', ...rest] = positionals;
    if (!values.help && (file === '' || rest.length > 0)) return 'Name one routes file.';
    return { help: values.help, json: values.json, file };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

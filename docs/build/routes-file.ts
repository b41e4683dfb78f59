import { z } from 'zod';
import {
  breaker,
  chargedOperation,
  healthCheck,
  ownLimit,
  placeholder,
  route,
  routesFileSchema,
  upstream,
} from '../../apps/edge-proxy/src/routing/routes-file-schema.ts';
import { code, grouped, page, table } from './markdown.ts';
import { readText } from './repository.ts';

/** `apps/edge-proxy/routes.schema.json`: what editors check a routes file with. */
export function routesFileJsonSchema(): string {
  const schema = z.toJSONSchema(routesFileSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'Routes file of Turnpike', ...schema }, null, 2)}\n`;
}

/** `docs/reference/routes-file.md`. */
export function routesFilePage(): string {
  return page(
    'The routes file',
    'Where requests go, and on what conditions: `ROUTES_FILE` names it, [apps/edge-proxy/routes.yaml](../../apps/edge-proxy/routes.yaml) is used without one. Auth, charge, limit and scope have no default, so that no route is open, free or unlimited by oversight.',
    example(),
    `Editors that know the [YAML language server](https://github.com/redhat-developer/yaml-language-server) check the file while it is written, by the line \`# yaml-language-server: $schema=…\` at its head and [routes.schema.json](../../apps/edge-proxy/routes.schema.json). \`npx -y pnpm@12 routes check FILE\` checks all of it and names every fault with its line and route; it ends with 0 where the edge would take the file, and with 1 otherwise. \`--with-environment\` judges the variables that the file names as well. The edge reads the file again on SIGHUP; one with a fault is refused, and the one before stays in force.`,
    '## The file',
    members(routesFileSchema),
    '## An upstream',
    'A member of `upstreams`.',
    members(upstream),
    '### healthCheck',
    members(healthCheck),
    '### breaker',
    members(breaker),
    '## A route',
    'An item of `routes`.',
    members(route),
    '### charge',
    members(chargedOperation),
    '`from` by placeholder:',
    members(placeholder),
    '### limit',
    members(ownLimit),
  );
}

/** The part of the default file that shows one upstream and one route. */
function example(): string {
  const text = readText('apps/edge-proxy/routes.yaml');
  const part = (from: RegExp, to: RegExp): string => {
    const rest = text.slice(text.search(from));
    return rest.slice(0, rest.slice(1).search(to) + 1).trimEnd();
  };
  return `\`\`\`yaml\n${part(/^version:/m, /^ {2}clockchain:/m)}\n\n${part(/^routes:/m, /^ {2}- id: timepoints\.generate-sync/m)}\n\`\`\``;
}

function members(schema: z.ZodObject): string {
  return table(
    ['Setting', 'Meaning', 'Takes', 'Default'],
    Object.entries<z.ZodType>(schema.shape).map(([name, field]) => {
      const absent = field.safeParse(undefined);
      const fallback = absent.success ? shown(absent.data) : 'required';
      return [code(name), field.meta()?.description ?? '', takenBy(field), fallback];
    }),
  );
}

/** A default that is an object of its own has a section of its own. */
function shown(value: unknown): string {
  if (value === undefined || typeof value === 'object') return '';
  return code(JSON.stringify(value).replaceAll('"', ''));
}

function takenBy(field: z.ZodType): string {
  const shape = z.toJSONSchema(field, { io: 'input' });
  if (shape.const !== undefined) return code(String(shape.const));
  if (shape.enum !== undefined) return shape.enum.map((value) => code(String(value))).join(', ');
  if (shape.type === 'integer' && shape.minimum !== undefined) {
    const { minimum, maximum = Number.MAX_SAFE_INTEGER } = shape;
    return `from ${grouped(minimum)}${maximum < Number.MAX_SAFE_INTEGER ? ` to ${grouped(maximum)}` : ''}`;
  }
  return shape.type === 'boolean' ? '`true`, `false`' : '';
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';
import type { Manifest } from './manifests.ts';

/** What a schema's validator finds, as Ajv makes it. */
interface Fault {
  instancePath: string;
  keyword: string;
  params: Record<string, unknown>;
  message?: string;
}

interface Validator {
  (data: unknown): boolean;
  errors?: Fault[] | null;
}

/** What the API of Kubernetes says is wrong with an object; empty where nothing is. Throws where there is no such kind. */
export async function faultsOfObject(object: Manifest): Promise<string[]> {
  const { validate } = (await import(`kubernetes-models/_schemas/${schemaOf(object)}`)) as { validate: Validator };
  // The schemas admit members that they do not name. A validator looks at those that it knows, so what it never looked at is not of the API.
  const overlooked: (() => string[])[] = [];
  validate(watched(object, '', overlooked));
  return [...describe(validate.errors ?? []), ...overlooked.flatMap((each) => each())];
}

/** The one of a `Deployment` is `IoK8sApiAppsV1Deployment`. */
function schemaOf({ apiVersion, kind }: Manifest): string {
  const [version = '', group = 'core'] = apiVersion.split('/').toReversed();
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  return `IoK8sApi${capital(group.split('.')[0] ?? '')}${capital(version)}${kind}`;
}

/** The same data, which adds to `overlooked` what tells the members that nobody has read. */
function watched<T>(value: T, place: string, overlooked: (() => string[])[]): T {
  if (typeof value !== 'object' || value === null) return value;
  const read = new Set<string | symbol>();
  const inner = Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, watched(each as unknown, `${place}/${key}`, overlooked)]),
  );
  overlooked.push(() =>
    Object.keys(value).flatMap((key) => (Array.isArray(value) || read.has(key) ? [] : [`${place}/${key} is unknown`])),
  );
  return new Proxy(value, {
    get(target, key) {
      read.add(key);
      return typeof key === 'string' && Object.hasOwn(inner, key) ? inner[key] : (Reflect.get(target, key) as unknown);
    },
  });
}

const { $schema, ...composeSchema } = JSON.parse(
  readFileSync(
    path.join(
      path.dirname(createRequire(import.meta.url).resolve('dclint/package.json')),
      'schemas/compose.schema.json',
    ),
    'utf8',
  ),
) as Record<string, unknown>;
// Its own address, which Ajv would have to fetch; it is draft 7, Ajv's own.
if ($schema !== 'https://json-schema.org/draft-07/schema') throw new Error(`another draft: ${String($schema)}`);
const validateCompose = new Ajv({ strict: false, allErrors: true }).compile(composeSchema) as unknown as Validator;

/** What the compose specification says is wrong with a file; empty where nothing is. */
export function faultsOfCompose(file: unknown): string[] {
  return validateCompose(file) ? [] : describe(validateCompose.errors ?? []);
}

function describe(faults: readonly Fault[]): string[] {
  return faults.map(({ instancePath, keyword, params }) => `${instancePath}: ${keyword} ${JSON.stringify(params)}`);
}

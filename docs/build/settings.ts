import { z } from 'zod';
import type { SecretKind } from '@turnpike/service-kit';
import { settings as auth } from '../../apps/auth/src/config.ts';
import { settings as console } from '../../apps/console/src/config.ts';
import { settings as credits, workerSettings as creditsWorker } from '../../apps/credits/src/config.ts';
import { settings as edge } from '../../apps/edge-proxy/src/config.ts';
import { settings as example } from '../../apps/example-downstream/src/config.ts';
import { settings as llm } from '../../apps/llm/src/config.ts';
import { settings as usage } from '../../apps/usage/src/config.ts';
import { settings as users } from '../../apps/users/src/config.ts';
import { code, grouped } from './markdown.ts';
import { repositoryRoot } from './repository.ts';

/** A setting, as its declaration tells of it. */
export interface Setting {
  readonly name: string;
  readonly meaning: string;
  /** Of its number, such as `milliseconds`. */
  readonly unit: string;
  /** What it may be. */
  readonly takes: string;
  /** Whether a service does not start without it, in production or anywhere. */
  readonly required: boolean;
  /** What is used without it, as it stands on the page; empty where that is nothing. */
  readonly fallback: string;
  readonly secret: SecretKind | undefined;
}

/** The settings of each process of ours, in the order in which pages tell of them. */
export const serviceSettings: ReadonlyMap<string, readonly Setting[]> = new Map(
  Object.entries({
    'edge-proxy': edge,
    auth,
    users,
    credits,
    'credits-worker': creditsWorker,
    usage,
    llm,
    console,
    'example-downstream': example,
  }).map(([service, schema]) => [
    service,
    Object.entries<z.ZodType>(schema.shape).map(([name, field]) => settingOf(name, field)),
  ]),
);

function settingOf(name: string, field: z.ZodType): Setting {
  const { description = '', secret, fallback } = field.meta() ?? {};
  const absent = field.safeParse(undefined);
  return {
    name,
    meaning: description,
    unit: unitOf(name),
    takes: takenBy(field),
    required: !absent.success || secret === 'required',
    fallback: fallback ?? (absent.success ? code(textOf(absent.data)) : ''),
    secret,
  };
}

/** Units stand in names: `…_MS`, `…_SECONDS`, `CODES_PER_MINUTE`. */
function unitOf(name: string): string {
  const words = name.split('_');
  const unit = { MS: 'milliseconds', SECONDS: 'seconds', DAYS: 'days', BYTES: 'bytes' };
  const [own = ''] = Object.entries(unit).flatMap(([word, text]) => (words.includes(word) ? [text] : []));
  const per = /_PER_(SECOND|MINUTE|HOUR)\b/.exec(name.replace(/_M(?:IN|AX)$/, ''))?.[1];
  return per === undefined ? own : `${own} a ${per.toLowerCase()}`.trim().replace('a hour', 'an hour');
}

function takenBy(field: z.ZodType): string {
  const shape = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  if (shape.enum !== undefined) {
    const values = shape.enum.map(String);
    return values.includes('true') ? '`true`, `false`' : values.map((value) => `\`${value}\``).join(', ');
  }
  // A list's text is empty where nothing is given.
  if (shape.default === '') return 'list, separated by commas';
  if (shape.type !== 'integer' && shape.type !== 'number') return '';
  const { minimum, maximum } = shape;
  // What has no least value of its own is a span of time, and none is empty.
  const from = minimum === undefined ? 'above 0' : `from ${grouped(minimum)}`;
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? from : `${from} to ${grouped(maximum)}`;
}

/** A parsed default, as it would stand in the environment. Files are named from the root of the repository. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'string') return value.replace(repositoryRoot, '');
  return JSON.stringify(value);
}

import type { Operations } from '@turnpike/client';
import { given } from '../../app/search.ts';
import { listOrNull, numberOrNull } from '../../design/form.ts';

export type PolicyBody = Operations['llm.createPolicy']['takes']['body'];
export type Policy = Operations['llm.listPolicies']['answers']['items'][number];

export const TYPES = [
  ['keyword', 'Words'],
  ['regex', 'A pattern'],
  ['pii', 'Personal data'],
  ['secret', 'Secrets'],
  ['prompt_injection', 'Attempts to talk a model out of its instructions'],
  ['model', 'Models that may be called'],
  ['limit', 'The size of a call'],
  ['external', 'What a service of yours finds'],
] as const;
export type Type = (typeof TYPES)[number][0];

/** Kinds of personal data by their names in the API, and in words where those are others. */
export const PII = ['email', 'phone', 'credit_card', 'iban', 'us_ssn', 'ip', 'mac', 'passport', 'dob'] as const;
export const SECRETS = [
  'api_key',
  'private_key',
  'jwt',
  'password_assignment',
  'aws',
  'gcp',
  'azure',
  'github',
  'gitlab',
  'slack',
  'stripe',
] as const;

export const BOUNDS = ['max_input_tokens', 'max_output_tokens', 'max_images'] as const;

/** What a policy looks for, as a form says it; `before` keeps what the form has no field for. */
function detectionOf(type: Type, form: FormData, before: Readonly<Record<string, unknown>> = {}) {
  return { type, config: { ...before, ...configOf(type, form) } };
}

function configOf(type: Type, form: FormData): Readonly<Record<string, unknown>> {
  const text = (name: string): string => textIn(form, name);
  switch (type) {
    case 'keyword':
      return {
        words: listOrNull(text('words')) ?? [],
        match: text('match'),
        case_sensitive: form.has('case_sensitive'),
      };
    case 'regex':
      return { pattern: text('pattern'), flags: form.has('ignore_case') ? 'i' : '' };
    case 'pii':
      return { entities: form.getAll('entities') };
    case 'secret':
      return { kinds: form.getAll('kinds') };
    case 'prompt_injection':
      return { sensitivity: text('sensitivity') };
    case 'model':
      return globsOf(text('allow'), text('deny'));
    case 'limit':
      return Object.fromEntries(BOUNDS.map((name) => [name, numberOrNull(text(name) || undefined) ?? undefined]));
    case 'external':
      return given({
        url: text('url'),
        timeout_ms: numberOrNull(text('timeout_ms') || undefined) ?? undefined,
        on_error: text('on_error'),
      });
  }
}

function textIn(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** Both are set, so that a list that was emptied is gone; JSON leaves out what is `undefined`. */
function globsOf(allow: string, deny: string): Readonly<Record<string, unknown>> {
  return { allow: listOrNull(allow) ?? undefined, deny: listOrNull(deny) ?? undefined };
}

/** The whole of a policy as it is sent: what a replacement leaves out would go back to its default. */
export function bodyOf(form: FormData, type: Type, before: Policy | undefined): PolicyBody {
  const text = (name: string): string => textIn(form, name);
  const body = {
    ...(before === undefined ? {} : { priority: before.priority, scope: before.scope }),
    name: text('name'),
    description: text('description') === '' ? null : text('description'),
    enabled: form.has('enabled'),
    action: text('action'),
    direction: text('direction'),
    severity: text('severity'),
    ...detectionOf(type, form, before?.type === type ? before.config : {}),
  };
  // The gateway judges what is in it, and says of each field what is wrong.
  return body as unknown as PolicyBody;
}

/** A version as it is put in force again. */
export function bodyOfVersion({
  name,
  description,
  enabled,
  type,
  config,
  action,
  direction,
  severity,
  priority,
  scope,
}: Omit<Policy, 'id' | 'version' | 'created_at' | 'updated_at' | 'created_by'>): PolicyBody {
  const body = { name, description, enabled, type, config, action, direction, severity, priority, scope };
  return body as unknown as PolicyBody;
}

/** What need not be said, since it is so unless somebody chose otherwise. */
const USUAL: Readonly<Record<string, unknown>> = {
  match: 'word',
  case_sensitive: false,
  flags: '',
  min_confidence: 0.6,
  min_entropy: 2.5,
  on_error: 'allow',
  timeout_ms: 1_000,
};
/** Members whose values say what they are. */
const PLAIN: readonly string[] = ['words', 'pattern', 'entities', 'kinds', 'url'];

/** What a policy looks for, in words. */
export function lookedFor({ type, config }: Pick<Policy, 'type' | 'config'>): string {
  const said = Object.entries(config).filter(
    ([name, value]) => value !== null && value !== undefined && value !== USUAL[name],
  );
  const plain = said.filter(([name]) => PLAIN.includes(name)).map(([, value]) => wordsOf(value, type));
  const named = said
    .filter(([name]) => !PLAIN.includes(name))
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${wordsOf(value, type)}`);
  return [TYPES.find(([one]) => one === type)?.[1] ?? type, ...plain, ...named].join(' · ');
}

const NAMES: Readonly<Record<string, string>> = {
  email: 'e-mail address',
  iban: 'IBAN',
  us_ssn: 'US social security number',
  ip: 'IP address',
  mac: 'MAC address',
  dob: 'date of birth',
};

/** What is looked for or found, as people say it. */
export const nameOf = (entity: string): string => NAMES[entity] ?? entity.replaceAll('_', ' ');

function wordsOf(value: unknown, type: Policy['type']): string {
  // Words that a customer chose stay as they are.
  const say = type === 'pii' ? nameOf : (one: string): string => one.replaceAll('_', ' ');
  return (Array.isArray(value) ? value.map(String) : [String(value)]).map(say).join(', ');
}

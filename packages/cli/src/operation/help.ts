import { EXIT_CODES } from '../exit-codes.ts';
import type { OpenApiDocument, Operation } from './document.ts';
import { fieldsOf, WORDS, type Field } from './fields.ts';

/** Options that every operation has, and that are no field of one. */
export const OPTIONS = {
  body: {
    type: 'string',
    does: 'the whole body: JSON, @FILE, or - for the standard input; members given beside it win',
  },
  query: { type: 'string', multiple: true, does: 'NAME=VALUE, what the document does not tell of' },
  'dry-run': { type: 'boolean', does: 'shows the request and sends nothing' },
  json: { type: 'boolean', does: 'what was answered, as it is' },
  help: { type: 'boolean', short: 'h', does: 'this text' },
} as const;

/** The help of `turnpike api` itself. */
export const USAGE = `Usage: turnpike api OPERATION [--FIELD VALUE …] [--body JSON] [--query NAME=VALUE] [--dry-run] [--json]
       turnpike api --list [WORD]      operations, or those whose id, path or summary has the word
       turnpike api OPERATION --help   what it takes

  Calls an operation of the gateway by its id in the OpenAPI document that the gateway serves: Turnpike's own, and those of the routes file.
  A field is a parameter or a member of the body, by its name in the document (- or _); what the document says it is, decides how its value is read.

  Operators' operations go with their key, as other commands do. Others go with the access token in TURNPIKE_ACCESS_TOKEN, or the API key in
  TURNPIKE_API_KEY. An answer that is no JSON is written as it comes.

${EXIT_CODES.replace(/\.$/, '; 78 nothing to call it with.')}
`;

/** The help of one operation. */
export function helpOf(operation: Operation, document: OpenApiDocument): string {
  const fields = fieldsOf(operation, document);
  const { operationId, method, path, summary, description } = operation;
  const rows = [
    ...fields.map((field): [string, string] => [`--${field.name}`, descriptionOf(field)]),
    ...Object.entries(OPTIONS)
      .filter(([name]) => name !== 'body' || operation.requestBody !== undefined)
      .map(([name, { does }]): [string, string] => [`--${name}`, does]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return `Usage: turnpike api ${operationId} [--FIELD VALUE …]

  ${method} ${path}
  ${summary.replace(/\.$/, '')}.${description === undefined ? '' : `\n  ${description}`}

${rows.map(([name, does]) => `  ${name.padEnd(width)}  ${does}\n`).join('')}`;
}

/** Operations, a line for each. */
export function listOf(operations: readonly Operation[]): string {
  const width = Math.max(0, ...operations.map(({ operationId }) => operationId.length));
  return operations.map(({ operationId, summary }) => `${operationId.padEnd(width)}  ${summary}\n`).join('');
}

function descriptionOf({ place, types, values, required, description }: Field): string {
  const kind = values?.join(' | ') ?? ([...types].map((type) => WORDS[type] ?? type).join(' or ') || 'anything');
  const facts = [required ? 'required' : undefined, place === 'header' ? 'a header' : undefined, description];
  return [kind, ...facts.filter((fact) => fact !== undefined)].join('; ');
}

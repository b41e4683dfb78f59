import { parseArgs } from 'node:util';
import { Turnpike } from '@turnpike/client';
import { UsageError } from '../api/commands.ts';
import { failureOf, isParseError } from '../api/run.ts';
import { callerOf } from '../config.ts';
import { EXIT_CONFIG, EXIT_USAGE } from '../exit-codes.ts';
import { credentialsFor, NoCredentialError, perform, plan, type GivenFields } from './call.ts';
import { documentOf, operationsOf, type OpenApiDocument, type Operation } from './document.ts';
import { fieldsOf } from './fields.ts';
import { helpOf, listOf, OPTIONS, USAGE } from './help.ts';

/** Runs `api …` and resolves with the exit code. */
export async function runApi([id = '', ...rest]: readonly string[]): Promise<number> {
  if (id === '--help' || id === '-h') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (id === '' || (id.startsWith('-') && id !== '--list')) return wrongUsage('An operation is missing.');
  try {
    const caller = callerOf();
    const document = await documentOf(caller.url);
    const operations = operationsOf(document);
    if (id === '--list') {
      const [word = ''] = rest;
      process.stdout.write(listOf([...operations.values()].filter((each) => isAbout(each, word))));
      return 0;
    }
    const operation = operations.get(id);
    if (operation === undefined) return wrongUsage(unknownOperation(id, operations));
    const { given, asJson, isDry, asksForHelp } = parse(operation, document, rest);
    if (asksForHelp) {
      process.stdout.write(helpOf(operation, document));
      return 0;
    }
    const call = await plan(operation, document, given);
    if (isDry) {
      const { method, path, query, headers, idempotencyKey, json } = call;
      process.stdout.write(
        `${JSON.stringify({ method, path, query, headers, idempotency_key: idempotencyKey, body: json }, undefined, 2)}\n`,
      );
      return 0;
    }
    await perform(new Turnpike({ baseUrl: caller.url, credentials: credentialsFor(operation, caller) }), call, asJson);
    return 0;
  } catch (error) {
    if (error instanceof UsageError || isParseError(error)) return wrongUsage(error.message, id);
    if (!(error instanceof NoCredentialError)) return failureOf(error);
    process.stderr.write(`${error.message}\n`);
    return EXIT_CONFIG;
  }
}

function parse(operation: Operation, document: OpenApiDocument, args: readonly string[]) {
  const fields = fieldsOf(operation, document);
  const spellings = new Map(
    fields.flatMap(({ name }) => [name, name.replaceAll('_', '-')].map((spelling) => [spelling, name] as const)),
  );
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries([...spellings.keys()].map((name) => [name, { type: 'string', multiple: true } as const])),
      ...OPTIONS,
    },
  });
  const given = new Map<string, string[]>();
  for (const [spelling, texts] of Object.entries(values)) {
    const name = spellings.get(spelling);
    if (name !== undefined) given.set(name, [...(given.get(name) ?? []), ...(texts as unknown as string[])]);
  }
  const { body, query = [], json = false, help = false, 'dry-run': isDry = false } = values;
  const all: GivenFields = { fields: given, body, query };
  return { given: all, asJson: json, isDry, asksForHelp: help };
}

function wrongUsage(message: string, id?: string): number {
  process.stderr.write(
    id === undefined ? `${message}\n${USAGE}` : `${message}\nturnpike api ${id} --help tells what it takes.\n`,
  );
  return EXIT_USAGE;
}

function isAbout({ operationId, path, summary }: Operation, word: string): boolean {
  return [operationId, path, summary].some((text) => text.toLowerCase().includes(word.toLowerCase()));
}

function unknownOperation(id: string, operations: ReadonlyMap<string, Operation>): string {
  const [, last = id] = /([^.]*)$/.exec(id) ?? [];
  const alike = [...operations.values()].filter((each) => isAbout(each, last)).map(({ operationId }) => operationId);
  const hint = alike.length === 0 || last === '' ? '' : ` Alike: ${alike.slice(0, 8).join(', ')}.`;
  return `The gateway has no operation ${id}.${hint}`;
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { defineEndpoint, ERRORS, firstPartyEndpoints, publicCode, type ErrorCode } from '../src/index.ts';
import { buildOpenApi } from '../src/openapi/document.ts';
import { OPENAPI_FILE, openApiDocument } from '../src/openapi/file.ts';

type Json = Record<string, unknown>;
interface Media {
  readonly schema: Json;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Answer {
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody?: Answer;
  readonly responses: Readonly<Record<string, Answer & { readonly $ref?: string }>>;
}
interface Document {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Answer>>; readonly schemas: Json };
}

const document = JSON.parse(openApiDocument()) as Document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat('idn-email', /^[^@]+@[^@]+$/);
ajv.addSchema(document, 'document');

/** What is wrong with a value, by the document's own schema. */
function faultsOf(schema: Json, value: unknown): unknown {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as Json;
  const validate = ajv.compile(absolute);
  return validate(value) ? [] : validate.errors;
}

describe('the OpenAPI document', () => {
  test('is committed as the contracts say (run `pnpm openapi` after a change)', () => {
    // Compared as a whole: the difference of two such documents would bury the rest of the output.
    expect(readFileSync(OPENAPI_FILE, 'utf8') === openApiDocument()).toBe(true);
  });

  test.each(operations.map((operation) => [operation.operationId, operation] as const))(
    '%s has a section, and an example that its schema allows for each body',
    (_id, { tags, requestBody, responses }) => {
      expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...tags]));
      const own = Object.values(responses).filter(({ $ref }) => $ref === undefined);
      for (const { content = {} } of [requestBody ?? {}, ...own])
        for (const [type, { schema, example }] of Object.entries(content)) {
          // What is no text has neither.
          if (type === 'application/gzip') continue;
          expect(example).toBeDefined();
          expect(faultsOf(schema, example)).toEqual([]);
        }
    },
  );

  // A schema of the document cannot say everything that a contract checks: which of two members stands for the other, for example.
  test.each(
    firstPartyEndpoints.filter(({ body }) => body !== undefined).map((endpoint) => [endpoint.id, endpoint] as const),
  )('%s has an example that its service accepts', (id, { body }) => {
    const content = operations.find(({ operationId }) => operationId === id)?.requestBody?.content ?? {};
    for (const { example } of Object.values(content)) expect(body?.safeParse(example).error?.issues ?? []).toEqual([]);
  });

  test('shows an example of every error code, as its style words it', () => {
    const seen = new Set<string>();
    for (const { content = {} } of Object.values(document.components.responses))
      for (const { schema, examples = {} } of Object.values(content))
        for (const [code, { value }] of Object.entries(examples)) {
          expect(faultsOf(schema, value)).toEqual([]);
          seen.add(code);
        }
    // Answers of backends only, which a routes file adds.
    const elsewhere = ['upstream.bad_gateway', 'upstream.timeout'];
    expect([...seen, ...elsewhere].toSorted()).toEqual(Object.keys(ERRORS).toSorted());
  });

  test('lists the codes as a closed set', () => {
    const codes = (Object.keys(ERRORS) as ErrorCode[]).map(publicCode);
    expect(document.components.schemas['ErrorCode']).toMatchObject({ enum: [...new Set(codes)] });
  });

  test('names the headers of answers', () => {
    const history = document.paths['/api/v1/credits/history']?.['get']?.responses['200']?.headers;
    expect(Object.keys(history ?? {})).toEqual(
      expect.arrayContaining(['X-RateLimit-Limit', 'RateLimit', 'X-Total-Count', 'X-Request-ID']),
    );
    expect(Object.keys(document.components.responses['Problem429']?.headers ?? {})).toContain('Retry-After');
    expect(Object.keys(document.components.responses['Problem401']?.headers ?? {})).toContain('WWW-Authenticate');
  });

  test('refers to nothing that it does not hold, and holds nothing that is not referred to', () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map((match) => String(match[1])));
    const held = Object.entries(document.components as unknown as Record<string, Json>)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, all]) => Object.keys(all).map((name) => `${kind}/${name}`));
    expect(held.toSorted()).toEqual([...referred].toSorted());
  });
});

test('a named schema that clients send otherwise than they receive it has two names', () => {
  const inner = z.object({ on: z.boolean().default(true) }).meta({ id: 'TestInner' });
  const outer = z.object({ inner, label: z.string() }).meta({ id: 'TestOuter' });
  const same = z.object({ label: z.string() }).meta({ id: 'TestSame' });
  const endpoint = defineEndpoint({
    id: 'edge.test',
    owner: 'edge',
    family: 'gateway',
    method: 'POST',
    path: '/test',
    access: 'public',
    summary: 'Test',
    body: z.object({ outer, same }),
    responses: { 200: z.object({ outer, same }) },
    errors: [],
  });
  const { components } = buildOpenApi({ endpoints: [endpoint], version: '1' }) as unknown as Document;
  const names = Object.keys(components.schemas).filter((name) => name.startsWith('Test'));
  expect(names).toEqual(['TestInner', 'TestInnerInput', 'TestOuter', 'TestOuterInput', 'TestSame']);
  expect(components.schemas['TestOuterInput']).toMatchObject({
    properties: { inner: { $ref: '#/components/schemas/TestInnerInput' } },
  });
});

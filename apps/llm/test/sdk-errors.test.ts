import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Anthropic0 from 'anthropic-sdk-0';
import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI6 from 'openai-sdk-6';
import { AppError, createLogger } from '@turnpike/service-kit';
import { failureOf, sendError } from '../src/calls/errors.ts';

/** E34: every refusal of the gateway's through every SDK: the right class, a message that can be read, and no repetition where none is due. */

const DETAIL = 'What went wrong, in a sentence.';
const broken = (code: string) => Object.assign(new Error('broken'), { code });
const error = (code: ConstructorParameters<typeof AppError>[0], headers: Record<string, string> = {}) =>
  new AppError(code, { detail: DETAIL, headers });

interface Row {
  readonly refusal: AppError;
  readonly status: number;
  /** Of the SDKs of OpenAI; `undefined` where they have none for the status. */
  readonly openai: string | undefined;
  readonly code: string;
  /** What Anthropic calls it, and the class of its SDK, where that has one. */
  readonly anthropic: readonly [type: string, name: string];
  readonly google: string;
  readonly repeated?: boolean;
}

const soon = { 'Retry-After': '1' };
const invalid = 'invalid_request_error';
const ROWS: Readonly<Record<string, Row>> = {
  'an unknown key': {
    refusal: error('auth.key_invalid'),
    status: 401,
    openai: 'AuthenticationError',
    code: 'invalid_api_key',
    anthropic: ['authentication_error', 'AuthenticationError'],
    google: 'UNAUTHENTICATED',
  },
  'a key without the scope': {
    refusal: error('auth.scope_missing'),
    status: 403,
    openai: 'PermissionDeniedError',
    code: 'permission_denied',
    anthropic: ['permission_error', 'PermissionDeniedError'],
    google: 'PERMISSION_DENIED',
  },
  'a model that is not allowed': {
    refusal: error('llm.model_not_allowed'),
    status: 403,
    openai: 'PermissionDeniedError',
    code: 'model_not_allowed',
    anthropic: ['permission_error', 'PermissionDeniedError'],
    google: 'PERMISSION_DENIED',
  },
  'too few credits': {
    refusal: error('auth.insufficient_credits'),
    status: 402,
    openai: undefined,
    code: 'insufficient_credits',
    anthropic: ['billing_error', 'PaymentRequiredError'],
    google: 'RESOURCE_EXHAUSTED',
  },
  'a spend limit': {
    refusal: error('llm.spend_limit_reached'),
    status: 402,
    openai: undefined,
    code: 'key_spend_limit_reached',
    anthropic: ['billing_error', 'PaymentRequiredError'],
    google: 'RESOURCE_EXHAUSTED',
  },
  'the limit of a key': {
    refusal: error('rate_limit.exceeded', soon),
    status: 429,
    openai: 'RateLimitError',
    code: 'rate_limit_exceeded',
    repeated: true,
    anthropic: ['rate_limit_error', 'RateLimitError'],
    google: 'RESOURCE_EXHAUSTED',
  },
  'a policy': {
    refusal: error('llm.policy_blocked'),
    status: 400,
    openai: 'BadRequestError',
    code: 'content_policy_violation',
    anthropic: [invalid, 'BadRequestError'],
    google: 'INVALID_ARGUMENT',
  },
  'a model without a price': {
    refusal: error('llm.model_not_priced'),
    status: 400,
    openai: 'BadRequestError',
    code: 'model_not_priced',
    anthropic: [invalid, 'BadRequestError'],
    google: 'FAILED_PRECONDITION',
  },
  'a path that is not offered': {
    refusal: error('route.not_found'),
    status: 404,
    openai: 'NotFoundError',
    code: 'not_found',
    anthropic: ['not_found_error', 'NotFoundError'],
    google: 'NOT_FOUND',
  },
  'a body that is too large': {
    refusal: error('request.too_large'),
    status: 413,
    openai: undefined,
    code: 'request_too_large',
    anthropic: ['request_too_large', 'ContentTooLargeError'],
    google: 'INVALID_ARGUMENT',
  },
  'a conflict, which SDKs would repeat': {
    refusal: error('idempotency.conflict'),
    status: 400,
    openai: 'BadRequestError',
    code: '',
    anthropic: [invalid, 'BadRequestError'],
    google: 'INVALID_ARGUMENT',
  },
  'credits that are down': {
    refusal: error('service.unavailable', soon),
    status: 503,
    openai: 'InternalServerError',
    code: 'service_unavailable',
    repeated: true,
    anthropic: ['api_error', 'ServiceUnavailableError'],
    google: 'UNAVAILABLE',
  },
  'a vendor that is given a pause': {
    refusal: error('upstream.unavailable', soon),
    status: 503,
    openai: 'InternalServerError',
    code: 'upstream_unavailable',
    repeated: true,
    anthropic: ['overloaded_error', 'ServiceUnavailableError'],
    google: 'UNAVAILABLE',
  },
  'a connection that broke after the request was sent': {
    refusal: failureOf(broken('UND_ERR_SOCKET'), true),
    status: 502,
    openai: 'InternalServerError',
    code: 'upstream_unavailable',
    anthropic: ['api_error', 'InternalServerError'],
    google: 'UNAVAILABLE',
  },
  'a vendor that was not reached': {
    refusal: failureOf(broken('ECONNREFUSED'), false),
    status: 502,
    openai: 'InternalServerError',
    code: 'upstream_unavailable',
    repeated: true,
    anthropic: ['api_error', 'InternalServerError'],
    google: 'UNAVAILABLE',
  },
  'a vendor that was silent for too long': {
    refusal: failureOf(broken('UND_ERR_HEADERS_TIMEOUT'), true),
    status: 504,
    openai: 'InternalServerError',
    code: 'upstream_timeout',
    anthropic: ['timeout_error', 'GatewayTimeoutError'],
    google: 'DEADLINE_EXCEEDED',
  },
};

let server: Server;
let url: string;
let refusal: AppError;
let requests = 0;
beforeAll(async () => {
  const logger = createLogger('test', 'silent');
  server = createServer((request, response) => {
    requests += 1;
    request.resume().on('end', () => sendError({ request, response, requestId: 'req-1' }, refusal, logger));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/trueportai-services`;
});
beforeEach(() => {
  requests = 0;
});
afterAll(() => new Promise((resolve) => void server.close(resolve)));

async function thrownBy(act: () => Promise<unknown>): Promise<unknown> {
  return await act().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

const messages = [{ role: 'user' as const, content: 'Hi' }];
const options = { apiKey: 'sk-test', maxRetries: 1 };
/** The class of an SDK by its name; without one, the class of all its errors. */
const classOf = (client: object, name = 'APIError') => (client as Record<string, new () => Error>)[name] ?? Error;

describe.each<[string, typeof OpenAI, () => OpenAI]>([
  ['openai 7.59.0', OpenAI, () => new OpenAI({ ...options, baseURL: `${url}/openai/v1` })],
  [
    'openai 6.49.0',
    OpenAI6 as unknown as typeof OpenAI,
    () => new OpenAI6({ ...options, baseURL: `${url}/openai/v1` }) as unknown as OpenAI,
  ],
  [
    'Azure, openai 7.59.0',
    OpenAI,
    () => new AzureOpenAI({ ...options, endpoint: `${url}/azure/my-resource/dep`, apiVersion: '2024-10-21' }),
  ],
])('%s', (_version, SDK, client) => {
  test.each(Object.entries(ROWS).flatMap(([name, row]) => [false, true].map((stream) => [name, stream, row] as const)))(
    '%s, stream: %s',
    async (_name, stream, row) => {
      refusal = row.refusal;
      const thrown = await thrownBy(
        async () => await client().chat.completions.create({ model: 'm', messages, stream }),
      );
      expect(thrown).toBeInstanceOf(classOf(SDK, row.openai));
      expect(thrown).toMatchObject({ status: row.status, requestID: 'req-1', code: row.code === '' ? null : row.code });
      expect((thrown as Error).message).toBe(`${row.status} ${row.refusal.detail}`);
      expect(requests).toBe(row.repeated === true ? 2 : 1);
    },
  );
});

describe.each<[string, object, () => Anthropic]>([
  ['@anthropic-ai/sdk 1.14.0', Anthropic, () => new Anthropic({ ...options, baseURL: `${url}/anthropic` })],
  [
    '@anthropic-ai/sdk 0.137.0',
    Anthropic0,
    () => new Anthropic0({ ...options, baseURL: `${url}/anthropic` }) as unknown as Anthropic,
  ],
])('%s', (_version, SDK, client) => {
  test.each(Object.entries(ROWS).flatMap(([name, row]) => [false, true].map((stream) => [name, stream, row] as const)))(
    '%s, stream: %s',
    async (_name, stream, row) => {
      refusal = row.refusal;
      const [type, name] = row.anthropic;
      const thrown = await thrownBy(
        async () => await client().messages.create({ model: 'm', max_tokens: 10, messages, stream }),
      );
      const known = name !== undefined && Object.hasOwn(SDK, name);
      expect(thrown).toBeInstanceOf(classOf(SDK, known ? name : undefined));
      expect(thrown).toMatchObject({ status: row.status, requestID: 'req-1', error: { error: { type } } });
      expect((thrown as Error).message).toContain(row.refusal.detail);
      expect(requests).toBe(row.repeated === true ? 2 : 1);
    },
  );
});

describe('@google/genai 3.3.0', () => {
  test.each(Object.entries(ROWS).flatMap(([name, row]) => [false, true].map((stream) => [name, stream, row] as const)))(
    '%s, stream: %s',
    async (_name, stream, row) => {
      refusal = row.refusal;
      const { models } = new GoogleGenAI({
        apiKey: 'sk-test',
        // The SDK looks for Node's own dispatcher in the global object, which Jest replaces.
        httpOptions: { baseUrl: `${url}/google`, fetch: (...request) => fetch(...request) },
      });
      const ask = { model: 'm', contents: 'Hi' };
      const thrown = await thrownBy(async () =>
        stream ? await models.generateContentStream(ask) : await models.generateContent(ask),
      );
      expect(thrown).toBeInstanceOf(ApiError);
      expect(thrown).toMatchObject({ status: row.status });
      const { error: told } = JSON.parse((thrown as Error).message) as { error: object };
      expect(told).toMatchObject({ code: row.status, status: row.google, message: row.refusal.detail });
      expect(requests).toBe(1);
    },
  );
});

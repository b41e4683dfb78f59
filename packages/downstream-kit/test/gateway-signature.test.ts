import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { RequestHandler } from 'express';
import { HEADER } from '@turnpike/contracts';
import { tenantId, userId, verifyGatewaySignature } from '../src/index.ts';
import { serve, type Backend } from './serve.ts';

interface Signed {
  name: string;
  secret: string;
  method: string;
  path: string;
  user_id: string;
}
interface Vectors {
  valid: (Signed & { timestamp: number; signature: string })[];
  first_vector_is_accepted_at: { name: string; now: number }[];
  refused: (Signed & { timestamp_header: string | null; signature_header: string | null; now: number })[];
  valid_with_organisation: (Signed & {
    tenant_id: string;
    timestamp: number;
    signed_text: string;
    signature: string;
    signature_v2: string;
  })[];
  refused_with_organisation: (Signed & {
    tenant_header: string | null;
    timestamp_header: string | null;
    signature_header: string | null;
    signature_v2_header: string | null;
    now: number;
  })[];
}

// The published vectors, which were made with another implementation (Python's hmac).
const vectors = JSON.parse(
  readFileSync(new URL('../../../docs/gateway-signature-vectors.json', import.meta.url), 'utf8'),
) as Vectors;

const passed: RequestHandler = (request, response) =>
  void response.json({ user_id: userId(request) ?? '', tenant_id: tenantId(request) ?? '' });

let backend: Backend | undefined;
afterEach(async () => {
  await backend?.close();
  backend = undefined;
});

async function present(
  vector: Signed,
  timestamp: string | null,
  signature: string | null,
  now: number,
  secrets = [vector.secret],
  organisation: Readonly<Record<string, string>> = {},
) {
  backend = await serve([verifyGatewaySignature(secrets, { nowSeconds: () => now })], passed);
  return backend.send(vector.method, vector.path, {
    ...organisation,
    ...(timestamp === null ? {} : { [HEADER.gatewayTimestamp]: timestamp }),
    ...(signature === null ? {} : { [HEADER.gatewaySignature]: signature }),
    ...(vector.user_id === '' ? {} : { [HEADER.userId]: vector.user_id }),
  });
}

describe('published vectors', () => {
  test.each(vectors.valid)('passes: $name', async (vector) => {
    const answer = await present(vector, String(vector.timestamp), vector.signature, vector.timestamp);
    expect(answer).toEqual({ status: 200, body: { user_id: vector.user_id, tenant_id: '' } });
  });

  test.each(vectors.first_vector_is_accepted_at)('passes: $name', async ({ now }) => {
    const [vector] = vectors.valid;
    if (!vector) throw new Error('no vectors');
    expect((await present(vector, String(vector.timestamp), vector.signature, now)).status).toBe(200);
  });

  test.each(vectors.refused)('refused: $name', async (vector) => {
    const answer = await present(vector, vector.timestamp_header, vector.signature_header, vector.now);
    expect(answer).toEqual({ status: 403, body: { detail: 'Invalid gateway signature' } });
  });
});

describe('published vectors with an organisation', () => {
  test.each(vectors.valid_with_organisation)('passes: $name', async (vector) => {
    const { tenant_id: id, timestamp, signature, signature_v2: second } = vector;
    const organisation = { [HEADER.gatewaySignatureV2]: second, ...(id === '' ? {} : { [HEADER.tenantId]: id }) };
    const answer = await present(vector, String(timestamp), signature, timestamp, [vector.secret], organisation);
    expect(answer).toEqual({ status: 200, body: { user_id: vector.user_id, tenant_id: id } });
    expect(vector.signed_text.split('\n')).toEqual([
      'v2',
      vector.method,
      vector.path,
      vector.user_id,
      id,
      String(timestamp),
    ]);
  });

  test.each(vectors.refused_with_organisation)('refused: $name', async (vector) => {
    const {
      tenant_header: tenant,
      signature_v2_header: second,
      timestamp_header: at,
      signature_header: first,
    } = vector;
    const organisation = {
      ...(tenant === null ? {} : { [HEADER.tenantId]: tenant }),
      ...(second === null ? {} : { [HEADER.gatewaySignatureV2]: second }),
    };
    const answer = await present(vector, at, first, vector.now, [vector.secret], organisation);
    expect(answer).toEqual({ status: 403, body: { detail: 'Invalid gateway signature' } });
  });
});

test('the query is not signed, the path is taken whole', async () => {
  const [vector] = vectors.valid;
  if (!vector) throw new Error('no vectors');
  const withQuery = { ...vector, path: `${vector.path}?preset=hd` };
  expect((await present(withQuery, String(vector.timestamp), vector.signature, vector.timestamp)).status).toBe(200);
});

test('either of two secrets passes while they rotate', async () => {
  const [vector] = vectors.valid;
  if (!vector) throw new Error('no vectors');
  const secrets = ['a-new-secret-that-signs-from-tomorrow', vector.secret];
  expect((await present(vector, String(vector.timestamp), vector.signature, vector.timestamp, secrets)).status).toBe(
    200,
  );
});

test('without a secret nothing passes, and it says so', async () => {
  const [vector] = vectors.valid;
  if (!vector) throw new Error('no vectors');
  const answer = await present(vector, String(vector.timestamp), vector.signature, vector.timestamp, []);
  expect(answer).toEqual({ status: 503, body: { detail: 'Gateway signature not configured' } });
});

test('two X-User-Id headers are not one user', async () => {
  const [vector] = vectors.valid;
  if (!vector) throw new Error('no vectors');
  const doubled = { ...vector, user_id: `${vector.user_id}, somebody-else` };
  expect((await present(doubled, String(vector.timestamp), vector.signature, vector.timestamp)).status).toBe(403);
});

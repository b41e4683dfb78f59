import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A store that speaks S3, as far as one object at a time is put, read and deleted in buckets that stand in the path. */
export interface S3StandIn {
  readonly url: string;
  /** Objects by `bucket/key`. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Requests that came, as `PUT /bucket/key`. */
  readonly requests: readonly string[];
  /** What the next requests are answered with instead, until it is set to `undefined`. */
  fault: S3Fault | undefined;
  close(): Promise<void>;
}

export type S3Fault =
  | { readonly status: number; readonly code: string }
  /** Says where else it is, as an attacker's store would. */
  | { readonly redirectTo: string }
  /** Answers other bytes than were put. */
  | 'corrupt'
  /** Takes the request and never answers. */
  | 'silent'
  /** Does what a request asks for whose name ends so, and never answers it. */
  | { readonly unansweredAt: string };

export interface S3StandInOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly buckets: readonly string[];
  /** The address it listens at; 127.0.0.1 unless told. */
  readonly host?: string;
}

/** Starts one. It checks the signature of every request (AWS Signature Version 4) and the digest of every body. */
export async function startS3StandIn({
  accessKeyId,
  secretAccessKey,
  buckets,
  host = '127.0.0.1',
}: S3StandInOptions): Promise<S3StandIn> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const standIn = { url: '', objects, requests, fault: undefined as S3Fault | undefined, close };
  // Longer than any client keeps a connection, so that none is closed while a call is on its way.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => void serve(request, response));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { pathname } = new URL(request.url ?? '/', 'http://s3');
    const name = decodeURIComponent(pathname.slice(1));
    requests.push(`${request.method} /${name}`);
    const { fault } = standIn;
    if (fault === 'silent') return;
    if (typeof fault === 'object' && 'redirectTo' in fault)
      return void response.writeHead(307, { location: fault.redirectTo }).end();
    if (typeof fault === 'object' && 'status' in fault) return refuse(response, fault.status, fault.code);
    const wrong = signatureFault(request, body, accessKeyId, secretAccessKey);
    if (wrong !== undefined) return refuse(response, 403, wrong);
    if (!buckets.includes(name.split('/', 1)[0] ?? '')) return refuse(response, 404, 'NoSuchBucket');
    if (request.method === 'PUT') objects.set(name, body);
    const found = objects.get(name);
    if (request.method === 'GET' && found === undefined) return refuse(response, 404, 'NoSuchKey');
    if (request.method === 'DELETE') objects.delete(name);
    if (typeof fault === 'object' && name.endsWith(fault.unansweredAt)) return;
    response.writeHead(request.method === 'DELETE' ? 204 : 200);
    response.end(request.method === 'GET' ? (fault === 'corrupt' ? Buffer.from('other bytes') : found) : undefined);
  }

  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  }

  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  standIn.url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return standIn;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} said the store</Message></Error>`);
}

/** Why the signature of a request does not hold; `undefined` where it does. */
function signatureFault(
  request: IncomingMessage,
  body: Buffer,
  accessKeyId: string,
  secretAccessKey: string,
): string | undefined {
  const { authorization = '' } = request.headers;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (parts === null) return 'AccessDenied';
  const [, keyId = '', day = '', region = '', signedHeaders = '', signature = ''] = parts;
  if (keyId !== accessKeyId) return 'InvalidAccessKeyId';
  const digest = single(request.headers['x-amz-content-sha256']);
  if (digest !== 'UNSIGNED-PAYLOAD' && digest !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const url = new URL(request.url ?? '/', 'http://s3');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .toSorted()
    .join('&');
  const headers = signedHeaders.split(';').map((name) => `${name}:${single(request.headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, query, headers.join(''), signedHeaders, digest].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', single(request.headers['x-amz-date']), scope, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
  const expected = hmac(key, text);
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch';
}

function single(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

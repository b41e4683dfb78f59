import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { AddressRefused, namesPrivateAddress, publicLookup } from '@turnpike/service-kit';
import type { S3Store } from './domain/store.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 20_000;
const ATTEMPTS_MAX = 2;

/** Puts, reads and deletes objects of one store, below its prefix. Names are given without the prefix. */
export interface ObjectStore {
  put(name: string, body: Buffer, signal: AbortSignal): Promise<void>;
  get(name: string, signal: AbortSignal): Promise<Buffer>;
  delete(name: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * Opens a store. Without `allowPrivate` it connects to public addresses alone, judged by `lookup` when each connection is made, and follows no redirect. Throws
 * `AddressRefused` for an endpoint that is itself another address.
 */
export function openS3Store(
  store: S3Store,
  { allowPrivate, lookup = publicLookup }: { readonly allowPrivate: boolean; readonly lookup?: LookupFunction },
): ObjectStore {
  if (!allowPrivate && isRefused(store.endpoint)) throw new AddressRefused(store.endpoint ?? '');
  const agent = allowPrivate ? { keepAlive: true } : { keepAlive: true, lookup };
  const client = new S3Client({
    region: store.region,
    ...(store.endpoint === null ? {} : { endpoint: store.endpoint }),
    forcePathStyle: store.forcePathStyle,
    credentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
    maxAttempts: ATTEMPTS_MAX,
    // Checksums that are not asked for are refused by stores other than Amazon's.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    }),
  });
  const folder = store.prefix.replace(/(?<=.)\/?$/, '/');
  const at = (name: string) => ({ Bucket: store.bucket, Key: folder + name });
  return {
    async put(name, body, abortSignal) {
      await client.send(new PutObjectCommand({ ...at(name), Body: body }), { abortSignal });
    },
    async get(name, abortSignal) {
      const { Body: body } = await client.send(new GetObjectCommand(at(name)), { abortSignal });
      return Buffer.from((await body?.transformToByteArray()) ?? []);
    },
    async delete(name, abortSignal) {
      await client.send(new DeleteObjectCommand(at(name)), { abortSignal });
    },
    close: () => client.destroy(),
  };
}

/** Whether an endpoint is an address that is not public; Amazon's is. */
export function isRefused(endpoint: string | null): boolean {
  return endpoint !== null && namesPrivateAddress(endpoint);
}

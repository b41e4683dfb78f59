import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AddressRefused, publicLookupBy, type Resolve } from '@turnpike/service-kit';
import { startS3StandIn, type S3StandIn } from '@turnpike/test-kit';
import { reasonOf } from './probe.ts';
import { openS3Store } from './s3-client.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'rebinding-secret-wJalrXUtnFEMI' };
const PUBLIC = '93.184.216.34';

let s3: S3StandIn;
beforeAll(async () => {
  s3 = await startS3StandIn({ ...KEYS, buckets: ['acme-logs'] });
});
afterAll(() => s3.close());

const open = (options: Parameters<typeof openS3Store>[1]) =>
  openS3Store(
    {
      ...KEYS,
      endpoint: `http://store.example:${new URL(s3.url).port}`,
      region: 'eu-central-1',
      bucket: 'acme-logs',
      prefix: '',
      forcePathStyle: true,
    },
    options,
  );
const put = (store: ReturnType<typeof open>) => store.put('a', Buffer.from('a'), AbortSignal.timeout(10_000));

test('a name that led to a public address when it was asked for is refused when it leads inside at the connection', async () => {
  const answers = [[PUBLIC], ['127.0.0.1'], [PUBLIC, '127.0.0.1']];
  const resolve: Resolve = (_host, _options, callback) =>
    callback(
      null,
      (answers.shift() ?? []).map((address) => ({ address, family: 4 })),
    );
  const lookup = publicLookupBy(resolve);
  const first = await new Promise((done) =>
    lookup('store.example', { all: true }, (error, addresses) => done(error ?? addresses)),
  );
  expect(first).toEqual([{ address: PUBLIC, family: 4 }]);
  for (const store of [open({ allowPrivate: false, lookup }), open({ allowPrivate: false, lookup })]) {
    const refused = await put(store).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(AddressRefused);
    expect(reasonOf(refused)).toBe('refused_address');
    store.close();
  }
  expect([answers, s3.requests]).toEqual([[], []]);
});

test('a resolver that judges nothing would have reached it', async () => {
  const store = open({
    allowPrivate: false,
    lookup: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  await put(store);
  store.close();
  expect(s3.requests).toEqual(['PUT /acme-logs/a']);
});

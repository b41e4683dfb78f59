import { z } from 'zod';
import { ConfigError, env } from '@turnpike/service-kit';
import type { S3Store } from '../domain/store.ts';

/** Where archives of organisations go that have no store of their own: a folder, or a bucket. */
export const managedSettings = {
  STORAGE_DIR: env
    .string()
    .optional()
    .describe(
      'Folder for the archives of organisations without a store of their own. All instances need the same one: where they share no disk, name a bucket. Without a folder and a bucket these are not archived.',
    ),
  STORAGE_S3_BUCKET: env.string().optional().describe('A bucket in its place.'),
  STORAGE_S3_ENDPOINT: env.url().optional().describe('Of a store that speaks S3; without it Amazon’s of the region.'),
  STORAGE_S3_REGION: env.string().default('us-east-1').describe('Region of the bucket.'),
  STORAGE_S3_PREFIX: z
    .string()
    .regex(/^(?:[A-Za-z0-9_.-]+\/)*$/, 'must be folders with a slash at the end, such as turnpike/')
    .default('')
    .describe('Folders that everything is put into, such as `turnpike/`.'),
  STORAGE_S3_FORCE_PATH_STYLE: env
    .flag(false)
    .describe('Whether the bucket stands in the path, not in the name of the host.'),
  STORAGE_S3_ACCESS_KEY_ID: env.string().optional().describe('Id of the access key of the bucket.'),
  STORAGE_S3_SECRET_ACCESS_KEY: env
    .string()
    .optional()
    .meta({ description: 'Access key of the bucket.', secret: 'foreign' }),
} as const;

type ManagedSettings = z.output<z.ZodObject<typeof managedSettings>>;

/** The operator's own place: a folder, a bucket, or none. */
export type ManagedPlace = { readonly folder: string } | { readonly s3: S3Store } | undefined;

/** Which place the settings name. Throws `ConfigError` for a bucket without its key. */
export function managedPlaceOf(config: ManagedSettings): ManagedPlace {
  if (config.STORAGE_S3_BUCKET === undefined)
    return config.STORAGE_DIR === undefined ? undefined : { folder: config.STORAGE_DIR };
  const { STORAGE_S3_ACCESS_KEY_ID: accessKeyId, STORAGE_S3_SECRET_ACCESS_KEY: secretAccessKey } = config;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new ConfigError(
      'Configuration is not usable.\n  STORAGE_S3_ACCESS_KEY_ID, STORAGE_S3_SECRET_ACCESS_KEY: are not both set, and STORAGE_S3_BUCKET is',
    );
  return {
    s3: {
      endpoint: config.STORAGE_S3_ENDPOINT ?? null,
      region: config.STORAGE_S3_REGION,
      bucket: config.STORAGE_S3_BUCKET,
      prefix: config.STORAGE_S3_PREFIX,
      forcePathStyle: config.STORAGE_S3_FORCE_PATH_STYLE,
      accessKeyId,
      secretAccessKey,
    },
  };
}

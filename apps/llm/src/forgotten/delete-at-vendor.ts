import { z } from 'zod';
import type { Credential } from '../credentials/credential.ts';
import type { Credentials } from '../credentials/credentials.ts';
import { askVendor, type VendorAnswer } from '../upstream/ask-vendor.ts';
import { upstreamHeaders } from '../upstream/headers.ts';
import type { Vendors } from '../upstream/vendors.ts';
import type { ForgottenObject } from './stores/forgotten-objects.ts';

export interface DeletionTools {
  readonly credentials: Credentials;
  readonly vendors: Vendors;
}

/** Where each kind lies. Azure has OpenAI's behind `/openai`. */
const PATHS: Readonly<Record<string, string>> = {
  file: '/v1/files/',
  response: '/v1/responses/',
  conversation: '/v1/conversations/',
  completion: '/v1/chat/completions/',
  vector_store: '/v1/vector_stores/',
  container: '/v1/containers/',
  skill: '/v1/skills/',
};
/** What has to be deleted before an object, or would stay: where it lies behind the object, and by which member it is named. */
const PARTS: Readonly<Record<string, { readonly path: string; readonly id: 'id' | 'version' }>> = {
  conversation: { path: 'items', id: 'id' },
  skill: { path: 'versions', id: 'version' },
};
/** Anthropic's files and skills are behind betas. */
const ANTHROPIC_HEADERS = ['anthropic-beta', 'files-api-2025-04-14,skills-2025-10-02'];
/** Parts of an object that are deleted at a time, and how often. */
const ITEMS_PAGE = 100;
const PAGES_MAX = 100;
const page = z.object({ data: z.array(z.object({ id: z.string(), version: z.string().optional() })) });

/** Deletes an object at its vendor. Throws where it may still be there, also while there is no credential for it. */
export async function deleteAtVendor(object: ForgottenObject, tools: DeletionTools): Promise<'deleted' | 'gone'> {
  const credential = await credentialOf(object.credential_id, tools.credentials);
  const path = pathOf(object, credential);
  const parts = PARTS[object.kind];
  if (parts !== undefined) await deleteParts(path, parts, credential, tools);
  return remove(path, credential, tools);
}

/** The operator's credential of that id. Throws where there is none any more. */
export async function credentialOf(id: string, credentials: Credentials): Promise<Credential> {
  const [place = '', resource] = id.split(':');
  const provider = (['openai', 'anthropic', 'google', 'azure'] as const).find((each) => each === place);
  const found = provider === undefined ? undefined : await credentials.find(provider, resource, undefined);
  if (found === undefined) throw new Error(`there is no credential ${id} any more`);
  return found;
}

function pathOf({ id, kind }: ForgottenObject, { provider }: Credential): string {
  // Google's ids have the name of their collection in them.
  if (provider === 'google') return `/v1beta/${kind === 'interaction' ? 'interactions/' : ''}${id}`;
  const path = PATHS[kind];
  if (path === undefined) throw new Error(`nobody knows where a ${kind} lies`);
  return (provider === 'azure' ? '/openai' : '') + path + encodeURIComponent(id);
}

async function deleteParts(
  path: string,
  parts: (typeof PARTS)[string],
  credential: Credential,
  tools: DeletionTools,
): Promise<void> {
  for (let count = 0; count < PAGES_MAX; count += 1) {
    const { status, bytes } = await ask('GET', `${path}/${parts.path}?limit=${ITEMS_PAGE}`, credential, tools);
    if (status === 404) return;
    if (status >= 300) throw new Error(`the vendor answered ${status}`);
    const { data } = page.parse(JSON.parse(bytes.toString()));
    if (data.length === 0) return;
    for (const part of data)
      await remove(`${path}/${parts.path}/${encodeURIComponent(part[parts.id] ?? part.id)}`, credential, tools);
  }
  throw new Error('the object has more parts than are deleted at a time');
}

async function remove(path: string, credential: Credential, tools: DeletionTools): Promise<'deleted' | 'gone'> {
  const { status } = await ask('DELETE', path, credential, tools);
  // Google does not tell what there is not from what is somebody else's.
  if (status === 404 || (status === 403 && credential.provider === 'google')) return 'gone';
  if (status >= 300) throw new Error(`the vendor answered ${status}`);
  return 'deleted';
}

function ask(method: string, path: string, credential: Credential, { vendors }: DeletionTools): Promise<VendorAnswer> {
  const headers = upstreamHeaders(
    credential.provider,
    credential.provider === 'anthropic' ? ANTHROPIC_HEADERS : [],
    credential,
  );
  return askVendor(vendors.of(credential), { method, path, headers, body: null });
}

import { JsonBody, UnreadableBody } from '../requests/json-body.ts';
import { object } from '../usage/reported.ts';

export type UploadHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Headers in which Google says where the parts of an upload go. */
export const UPLOAD_ADDRESSES: ReadonlySet<string> = new Set(['x-goog-upload-url', 'x-goog-upload-control-url']);
const UPLOAD_PATH = /^\/upload\/v1(?:beta|alpha)?\/files$/;
/** Longest id of an upload that is noted, in characters. */
const UPLOAD_ID_CHARS_MAX = 1_024;

/** What an answer to a part of an upload says: the upload that it began, and the file that the last part made. */
export function factsOfUpload(
  headers: UploadHeaders,
  answer: Buffer,
): { readonly uploadId: string | undefined; readonly file: { readonly name: string } | undefined } {
  const address = headers['x-goog-upload-url'];
  const id = typeof address === 'string' ? URL.parse(address)?.searchParams.get('upload_id') : undefined;
  return { uploadId: id && id.length <= UPLOAD_ID_CHARS_MAX ? id : undefined, file: fileIn(answer) };
}

/**
 * Where the parts of an upload go at the gateway; `undefined` for an address that is none of uploads. `root`: where the vendor's paths begin there;
 * `before`: the path before the vendor's own.
 */
export function uploadAddress(address: string, root: string, before: string): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined;
  const path = before !== '' && url.pathname.startsWith(before) ? url.pathname.slice(before.length) : url.pathname;
  if (!UPLOAD_PATH.test(path)) return undefined;
  url.searchParams.delete('key');
  return root + path + url.search;
}

function fileIn(answer: Buffer): { readonly name: string } | undefined {
  if (answer.length === 0) return undefined;
  try {
    const file = object(new JsonBody(answer).get('file'));
    return typeof file['name'] === 'string' ? { ...file, name: file['name'] } : undefined;
  } catch (error) {
    if (error instanceof UnreadableBody) return undefined;
    throw error;
  }
}

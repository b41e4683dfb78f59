import { googleError } from './google-parts.ts';
import { contentOf, isKept, keep, keepContent, keptFiles, name, removeKept, shownKept } from './kept.ts';
import { json, type Asked } from './script.ts';

/** Uploads that have begun, the last of them: what they are to become, and how much has come. */
const UPLOADS_MAX = 1_000;
const uploads = new Map<
  string,
  { readonly mimeType: string; readonly displayName: unknown; bytes: number; text: string }
>();

/** Google's uploads in parts: the first request begins one, and is told where the parts go; the last part makes the file. */
export function googleUpload(asked: Asked): void {
  const { request, response, query, text, body } = asked;
  const id = query.get('upload_id');
  if (id === null) return begin(asked, Object(body['file']) as Readonly<Record<string, unknown>>);
  const upload = uploads.get(id);
  if (upload === undefined) return json(asked, googleError(404, 'Upload not found'), 404);
  if (Number(request.headers['x-goog-upload-offset']) !== upload.bytes)
    return json(asked, googleError(400, 'Wrong offset'), 400);
  upload.bytes += Buffer.byteLength(text);
  upload.text += text;
  const final = String(request.headers['x-goog-upload-command']).includes('finalize');
  response.setHeader('x-goog-upload-status', final ? 'final' : 'active');
  if (!final) return void response.writeHead(200).end();
  uploads.delete(id);
  const file = {
    name: `files/${name().slice(0, 12)}`,
    displayName: upload.displayName,
    mimeType: upload.mimeType,
    sizeBytes: String(upload.bytes),
    createTime: '2026-01-01T00:00:00Z',
    expirationTime: '2026-01-03T00:00:00Z',
    state: 'ACTIVE',
  };
  const made = { ...file, uri: `https://generativelanguage.googleapis.com/v1beta/${file.name}` };
  keep(file.name, made);
  keepContent(file.name, upload.text);
  json(asked, { file: made });
}

function begin({ request, response, path }: Asked, { mimeType, displayName }: Readonly<Record<string, unknown>>): void {
  const id = name();
  const [oldest] = uploads.keys();
  if (uploads.size >= UPLOADS_MAX && oldest !== undefined) uploads.delete(oldest);
  const typed = request.headers['x-goog-upload-header-content-type'] ?? mimeType;
  uploads.set(id, { mimeType: String(typed), displayName, bytes: 0, text: '' });
  const address = `http://${String(request.headers.host)}/google${path}?upload_id=${id}&upload_protocol=resumable`;
  response.writeHead(200, {
    'x-goog-upload-url': address,
    'x-goog-upload-control-url': address,
    'x-goog-upload-status': 'active',
  });
  response.end();
}

/** Google's files. `call`: the path behind the version. */
export function googleFiles(asked: Asked, call: string): void {
  if (call === 'files') return json(asked, { files: keptFiles('files/') });
  const [id = '', verb] = call.split(':');
  const file = shownKept(id);
  if (file === undefined) return json(asked, googleError(403, 'You do not have permission to access the File'), 403);
  if (verb === 'download')
    return void asked.response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(contentOf(id));
  if (asked.method === 'DELETE') removeKept(call);
  json(asked, asked.method === 'DELETE' ? {} : file);
}

/** A file that a request names, and that is not kept. */
export function unknownFile(contents: unknown): string | undefined {
  const named = JSON.stringify(contents ?? '').match(/(?<=\/v1(?:beta)?\/)files\/[\w-]+/g) ?? [];
  return named.find((id) => !isKept(id));
}

import { UnreadableBody } from './json-body.ts';

/** Longest field that is read, in bytes. */
const FIELD_BYTES_MAX = 65_536;
const CR = 0x0d;

/** The fields of a multipart form that are no files, and how many bytes its files have. */
export interface FormBody {
  readonly fields: ReadonlyMap<string, string>;
  readonly fileBytes: number;
}

/** Reads a multipart form (RFC 7578). Throws `UnreadableBody` for what another server could read otherwise, such as a field given twice. */
export function readForm(bytes: Buffer, contentType: string): FormBody {
  const boundary = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/i.exec(contentType);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) throw new UnreadableBody('The form has no boundary.');
  const delimiter = Buffer.from(`\r\n--${name}`);
  const fields = new Map<string, string>();
  const files = new Set<string>();
  let fileBytes = 0;
  // The first delimiter may stand at the very beginning.
  const body = Buffer.concat([Buffer.from('\r\n'), bytes]);
  if (hasLoneDelimiter(body, name)) throw new UnreadableBody('A line of the form ends without a carriage return.');
  let at = body.indexOf(delimiter);
  while (at !== -1) {
    const start = at + delimiter.length;
    if (body.toString('latin1', start, start + 2) === '--') return { fields, fileBytes };
    const headEnd = body.indexOf('\r\n\r\n', start);
    const next = body.indexOf(delimiter, start);
    if (headEnd === -1 || next === -1 || headEnd > next) break;
    const part = partOf(body.toString('utf8', start, headEnd));
    const length = next - headEnd - 4;
    if (part.file) {
      fileBytes += length;
      files.add(part.name);
    } else {
      if (fields.has(part.name)) {
        // Lists repeat their name with brackets.
        if (!part.name.endsWith('[]')) throw new UnreadableBody(`The form names ${part.name} twice.`);
      } else if (length > FIELD_BYTES_MAX) throw new UnreadableBody(`The field ${part.name} is too long.`);
      else fields.set(part.name, body.toString('utf8', headEnd + 4, next));
    }
    // One server may take the file for the field.
    if (part.file ? fields.has(part.name) : files.has(part.name))
      throw new UnreadableBody(`The form has ${part.name} as a field and as a file.`);
    at = next;
  }
  throw new UnreadableBody('The body is not a complete form.');
}

/** Whether a delimiter stands behind a line feed alone, where lenient servers see a part that others do not. */
function hasLoneDelimiter(body: Buffer, name: string): boolean {
  const lone = Buffer.from(`\n--${name}`);
  for (let at = body.indexOf(lone); at !== -1; at = body.indexOf(lone, at + 1)) if (body[at - 1] !== CR) return true;
  return false;
}

function partOf(head: string): { readonly name: string; readonly file: boolean } {
  const disposition = /^content-disposition:[ \t]*form-data\b([^\r\n]*)/im.exec(head)?.[1];
  const name = /;[ \t]*name="([^"\r\n]*)"/i.exec(disposition ?? '')?.[1];
  if ((disposition?.match(/;[ \t]*name\*?=/gi)?.length ?? 0) > 1)
    throw new UnreadableBody('A part of the form has two names.');
  if (disposition === undefined || name === undefined) throw new UnreadableBody('A part of the form has no name.');
  return { name, file: /;[ \t]*filename\*?=/i.test(disposition) };
}

import { UnreadableJson } from './json-walk.ts';
import type { TextPlace } from './text-places.ts';

const NO_TEXT = new Set(['model', 'response_format', 'size', 'quality', 'n', 'stream', 'language', 'background']);

/**
 * The texts of a multipart form (RFC 7578): its fields that are no files, such as the prompt of an image. `body` is the form as latin1, so that
 * a character is a byte. Throws `UnreadableJson` for what is no complete form.
 */
export function* formTexts(body: string, contentType: string): Generator<TextPlace> {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const delimiter = `--${quoted ?? bare ?? ''}`;
  let at = body.indexOf(delimiter);
  while (at !== -1 && !body.startsWith('--', at + delimiter.length)) {
    const headEnd = body.indexOf('\r\n\r\n', at);
    const next = body.indexOf(`\r\n${delimiter}`, headEnd + 2);
    if (headEnd === -1 || next === -1) break;
    const head = body.slice(at, headEnd);
    const [, name = ''] = /;[ \t]*name="([^"\r\n]*)"/i.exec(head) ?? [];
    const start = headEnd + 4;
    if (!/;[ \t]*filename\*?=/i.test(head) && !NO_TEXT.has(name)) {
      const text = Buffer.from(body.slice(start, next), 'latin1').toString();
      const written = (changed: string) => Buffer.from(changed).toString('latin1');
      yield { path: [name], location: `/${name}`, text, form: 'plain', start, end: next, written };
    }
    at = next + 2;
  }
  if (at === -1 || !body.startsWith('--', at + delimiter.length)) throw new UnreadableJson('The form is not complete.');
}

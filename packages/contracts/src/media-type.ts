const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[^"\\\\\\x00-\\x1f\\x7f]|\\\\[\\t\\x20-\\x7e])*"';
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(${TOKEN})=(${TOKEN}|${QUOTED})`, 'g');
const MEDIA_TYPE = new RegExp(`^(${TOKEN}/${TOKEN})((?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*)[ \\t]*$`);

/**
 * The media type of a `Content-Type` value (RFC 9110 §8.3.1), in lower case, where everyone reads the body as UTF-8. `undefined` for a value
 * that is malformed, names another charset or one twice, since servers then disagree on what the bytes say.
 */
export function utf8MediaType(contentType: string): string | undefined {
  const [, type, parameters = ''] = MEDIA_TYPE.exec(contentType) ?? [];
  const charsets = [...parameters.matchAll(PARAMETER)].filter(([, name]) => /^charset\*?$/i.test(name ?? ''));
  const [charset] = charsets;
  const readAlike =
    charset === undefined || (charsets.length === 1 && /^charset=(?:utf-8|"utf-8")$/i.test(pair(charset)));
  return readAlike ? type?.toLowerCase() : undefined;
}

const pair = ([, name, value]: RegExpExecArray): string => `${name}=${value}`;

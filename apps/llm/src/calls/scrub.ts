/** What looks like a credential of a vendor's, or of ours. */
const SECRETS = /\b(?:sk[-_][\w-]{8,}|AIza[\w-]{10,})|(?<=\bBearer )[\w.~+/=-]{8,}|(?<=[?&]key=)[\w-]{8,}/g;
const HIDDEN = '[hidden]';

/** An error of a vendor's without the credential that the gateway called with, which vendors like to quote. */
export function scrubbed(body: Buffer, secret: string): Buffer {
  const text = body.toString('latin1');
  const clean = text.replaceAll(secret, HIDDEN).replaceAll(SECRETS, HIDDEN);
  return clean === text ? body : Buffer.from(clean, 'latin1');
}

import { SIGN_IN_COOKIE_PREFIX } from '@turnpike/contracts';

/** A cookie of ours by its text. A leading `=` names no cookie, and browsers then send what follows as if it were a name and its value. */
const OWN = new RegExp(`^[\\s=]*(?:__(?:host|secure)-)?${SIGN_IN_COOKIE_PREFIX}`, 'i');

/** Whether a `Set-Cookie` value, or one cookie of a `Cookie` header, is one of auth's. */
export function isOwnCookie(text: string): boolean {
  return OWN.test(text);
}

/** A flat header list without auth's cookies; the same list where it has none. */
export function withoutOwnCookies(list: string[]): string[] {
  if (!list.some((value, index) => index % 2 === 1 && hasOwn(list[index - 1], value))) return list;
  const kept: string[] = [];
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index] ?? '';
    const value = list[index + 1] ?? '';
    const others = hasOwn(name, value) ? othersOf(value) : value;
    if (others !== undefined) kept.push(name, others);
  }
  return kept;
}

function hasOwn(name: string | undefined, value: string): boolean {
  return name?.toLowerCase() === 'cookie' && value.split(';').some(isOwnCookie);
}

function othersOf(cookies: string): string | undefined {
  const others = cookies.split(';').filter((cookie) => !isOwnCookie(cookie));
  return others.length === 0 ? undefined : others.join(';').trim();
}

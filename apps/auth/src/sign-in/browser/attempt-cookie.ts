import { createHash } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import { SIGN_IN_COOKIE_PREFIX, type SignInProvider } from '@turnpike/contracts';

/** Most attempts of one browser at a time; beginning another forgets the first. Bounds what a page full of hidden frames can pile up. */
const COOKIES_MAX = 10;
/** Characters of a cookie's name that tell attempts apart. */
const SUFFIX_CHARS = 16;
const VALUE = /^[A-Za-z0-9_-]{43}$/;

/** How the browser is bound to an attempt. */
export interface AttemptCookies {
  /** `Set-Cookie` values that begin an attempt. `cookieHeader`: what the browser sent. */
  begin(provider: SignInProvider, state: string, binding: string, cookieHeader: string | undefined): string[];
  /** The binding of an attempt, or `undefined` where this browser did not begin it. */
  read(provider: SignInProvider, state: string, cookieHeader: string | undefined): string | undefined;
  /** `Set-Cookie` value that ends it. */
  end(provider: SignInProvider, state: string): string;
}

/**
 * One cookie for each attempt, so that several tabs can sign in at once; `__Host-` keeps sibling domains and plain HTTP
 * from planting one (RFC 6265bis §4.1.3.2). Apple's POST from its own site carries `SameSite=None; Secure` only, the
 * others come back by a link (`Lax`). `maxAgeSeconds`: life of an attempt.
 */
export function createAttemptCookies(publicUrl: string, maxAgeSeconds: number): AttemptCookies {
  const overHttps = publicUrl.startsWith('https:');

  function shapeOf(provider: SignInProvider) {
    const secure = overHttps || provider === 'apple';
    const prefix = `${secure ? '__Host-' : ''}${SIGN_IN_COOKIE_PREFIX}${provider}-`;
    const attributes = { httpOnly: true, path: '/', secure, sameSite: provider === 'apple' ? 'none' : 'lax' } as const;
    return { prefix, attributes };
  }

  function nameOf(prefix: string, state: string): string {
    return prefix + createHash('sha256').update(state).digest('hex').slice(0, SUFFIX_CHARS);
  }

  return {
    begin(provider, state, binding, cookieHeader) {
      const { prefix, attributes } = shapeOf(provider);
      const present = Object.keys(parseCookie(cookieHeader ?? '')).filter((name) => name.startsWith(prefix));
      const surplus = present.slice(0, Math.max(0, present.length + 1 - COOKIES_MAX));
      return [
        stringifySetCookie({ name: nameOf(prefix, state), value: binding, maxAge: maxAgeSeconds, ...attributes }),
        ...surplus.map((name) => stringifySetCookie({ name, value: '', maxAge: 0, ...attributes })),
      ];
    },
    read(provider, state, cookieHeader) {
      const value = parseCookie(cookieHeader ?? '')[nameOf(shapeOf(provider).prefix, state)];
      return value !== undefined && VALUE.test(value) ? value : undefined;
    },
    end(provider, state) {
      const { prefix, attributes } = shapeOf(provider);
      return stringifySetCookie({ name: nameOf(prefix, state), value: '', maxAge: 0, ...attributes });
    },
  };
}

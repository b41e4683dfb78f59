import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';

/** A session's cookie, and one for the way to a provider and back. */
export class Cookies {
  readonly #secure: boolean;
  readonly session: string;
  readonly attempt: string;

  /** Over https the names have the prefix that only this origin can set; over plain http a browser would not keep such a cookie. */
  constructor(secure: boolean) {
    this.#secure = secure;
    this.session = secure ? '__Host-console' : 'turnpike-console';
    this.attempt = secure ? '__Host-console-sign-in' : 'turnpike-console-sign-in';
  }

  read(request: Request, name: string): string | undefined {
    const value = parseCookie(request.headers.cookie ?? '')[name];
    return value === undefined || value === '' ? undefined : value;
  }

  /** Never sent on a request that another site began. */
  setSession(response: Response, value: string, maxAgeSeconds: number): void {
    this.#set(response, this.session, value, maxAgeSeconds, 'strict');
  }

  /** The provider's page leads back here, so this one is sent on such a request. */
  setAttempt(response: Response, value: string, maxAgeSeconds: number): void {
    this.#set(response, this.attempt, value, maxAgeSeconds, 'lax');
  }

  clear(response: Response, name: string): void {
    this.#set(response, name, '', 0, 'strict');
  }

  #set(response: Response, name: string, value: string, maxAge: number, sameSite: 'strict' | 'lax'): void {
    const options = { httpOnly: true, secure: this.#secure, path: '/', sameSite, maxAge } as const;
    response.append('Set-Cookie', stringifySetCookie({ name, value, ...options }));
  }
}

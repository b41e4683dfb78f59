import { parseSetCookie } from 'cookie';

interface StoredCookie {
  readonly value: string;
  readonly sameSite: string;
  readonly secure: boolean;
  readonly path: string;
}

/** Where a browser stands after following redirects: the page it cannot or must not go beyond. */
export interface Stop {
  readonly status: number;
  readonly url: string;
  readonly location: string | undefined;
  readonly text: string;
}

/** A form that a page submits by itself. */
interface PostedForm {
  readonly action: string;
  readonly fields: URLSearchParams;
}

/**
 * As much of a browser as signing in needs: a cookie jar by host that honours `SameSite`, `Path` and expiry, redirects, and pages that post a
 * form by themselves. `Secure` cookies are kept for 127.0.0.1, as browsers do.
 */
export class Browser {
  readonly #jar = new Map<string, Map<string, StoredCookie>>();
  /** Every address it was sent to. */
  readonly visited: string[] = [];
  /** Raw `Set-Cookie` values, in order. */
  readonly setCookies: string[] = [];

  /** Opens an address as if typed. */
  open(url: string): Promise<Stop> {
    return this.#fetch('GET', url, undefined, url);
  }

  /** Goes from page to page, from `url` until a redirect leaves for `until`, or a page is no redirect and posts no form. */
  async follow(url: string, until: string): Promise<Stop> {
    let stop = await this.open(url);
    for (let hops = 0; hops < 10; hops += 1) {
      const next = this.#next(stop);
      if (next === undefined || next.startsWith(until)) return stop;
      stop = await this.go(stop);
    }
    throw new Error('too many redirects');
  }

  /** One step on from a page: its redirect, or the form it posts. */
  go(stop: Stop): Promise<Stop> {
    if (stop.location !== undefined) return this.#fetch('GET', stop.location, undefined, stop.url);
    const form = formOf(stop.text);
    if (form === undefined) throw new Error(`the page at ${stop.url} leads nowhere (${stop.status})`);
    return this.post(form.action, form.fields, stop.url);
  }

  /** Posts a form from a page of another site, as Apple's does. */
  post(url: string, fields: URLSearchParams, from: string): Promise<Stop> {
    return this.#fetch('POST', url, fields, from);
  }

  /** Names and values of the cookies kept for a host. */
  cookies(url: string): Record<string, string> {
    return Object.fromEntries([...(this.#jar.get(new URL(url).host) ?? [])].map(([name, { value }]) => [name, value]));
  }

  /** Puts a cookie into the jar, as somebody could who can write cookies for the host. */
  plant(url: string, name: string, value: string): void {
    const { host } = new URL(url);
    const jar = this.#jar.get(host) ?? new Map<string, StoredCookie>();
    this.#jar.set(host, jar.set(name, { value, sameSite: 'none', secure: true, path: '/' }));
  }

  #next(stop: Stop): string | undefined {
    return stop.location ?? formOf(stop.text)?.action;
  }

  async #fetch(method: string, url: string, form: URLSearchParams | undefined, from: string): Promise<Stop> {
    this.visited.push(url);
    const { host, pathname } = new URL(url);
    const crossSite = new URL(from).host !== host;
    const cookies = [...(this.#jar.get(host) ?? [])]
      .filter(([, cookie]) => pathname.startsWith(cookie.path))
      .filter(([, { sameSite }]) => !crossSite || sameSite === 'none' || (sameSite === 'lax' && method === 'GET'))
      .map(([name, { value }]) => `${name}=${value}`);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(cookies.length > 0 && { cookie: cookies.join('; ') }),
        ...(crossSite && { origin: new URL(from).origin }),
      },
      ...(form && { body: form }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(host, line);
    const location = response.headers.get('location') ?? undefined;
    return {
      status: response.status,
      url,
      location: location && new URL(location, url).toString(),
      text: await response.text(),
    };
  }

  #keep(host: string, line: string): void {
    this.setCookies.push(line);
    const { name, value = '', maxAge, sameSite, secure = false, path = '/' } = parseSetCookie(line);
    // What real browsers refuse: RFC 6265bis §5.7.
    if (sameSite === 'none' && !secure) return;
    if (name.startsWith('__Host-') && (!secure || path !== '/')) return;
    const jar = this.#jar.get(host) ?? new Map<string, StoredCookie>();
    this.#jar.set(host, jar);
    if (maxAge === 0) jar.delete(name);
    else jar.set(name, { value, secure, path, sameSite: typeof sameSite === 'string' ? sameSite : 'lax' });
  }
}

function formOf(html: string): PostedForm | undefined {
  const action = /<form method="post" action="([^"]+)">/.exec(html)?.[1];
  if (action === undefined) return undefined;
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
  const pairs = inputs.map(([, name = '', value = '']): [string, string] => [name, decodeURIComponent(value)]);
  return { action, fields: new URLSearchParams(pairs) };
}

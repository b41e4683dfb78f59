import type { Request } from 'express';
import type { Client } from './gateway.ts';

/** Longest user agent that is handed on, in characters. */
const USER_AGENT_CHARS_MAX = 512;

/** Where a request comes from, as far as the proxies before us are believed. */
export function clientOf(request: Request): Client {
  return {
    address: (request.ip ?? '').replace(/^::ffff:/, ''),
    userAgent: request.get('user-agent')?.slice(0, USER_AGENT_CHARS_MAX),
  };
}

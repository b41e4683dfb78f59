import { Agent, createServer, type ClientRequest } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { Redis } from 'ioredis';
import { listenAndTell } from './listen.ts';

/**
 * The gateway that a team writes on an afternoon: each request asks auth over HTTP, counts two windows in Redis, asks credits for the
 * balance, and is proxied. Reads UPSTREAM_URL, AUTH_URL, CREDITS_URL, REDIS_URL, SERVICE_API_KEY.
 */
const { UPSTREAM_URL = '', AUTH_URL = '', CREDITS_URL = '', REDIS_URL = '', SERVICE_API_KEY = '' } = process.env;
const LIMITS = [
  { name: 'minute', seconds: 60, max: 100_000_000 },
  { name: 'day', seconds: 86_400, max: 10_000_000_000 },
] as const;
const redis = new Redis(REDIS_URL);

interface Answer {
  readonly active?: boolean;
  readonly sub?: string;
  readonly sufficient?: boolean;
}

async function admit(request: Request, response: Response, next: NextFunction): Promise<void> {
  const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
  const introspected = await fetch(`${AUTH_URL}/internal/auth/introspect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-service-key': SERVICE_API_KEY },
    body: JSON.stringify({ token }),
  });
  const { active, sub } = (await introspected.json()) as Answer;
  if (active !== true || sub === undefined) {
    response.status(401).json({ error: 'invalid token' });
    return;
  }
  for (const { name, seconds, max } of LIMITS) {
    const key = `bench:hand-written:${sub}:${name}`;
    const used = await redis.incr(key);
    if (used === 1) await redis.expire(key, seconds);
    if (used > max) {
      response.status(429).json({ error: 'too many requests' });
      return;
    }
  }
  const checked = await fetch(`${CREDITS_URL}/internal/credits/check?user_id=${sub}&cost=1`, {
    headers: { 'x-service-key': SERVICE_API_KEY },
  });
  const { sufficient } = (await checked.json()) as Answer;
  if (sufficient !== true) {
    response.status(402).json({ error: 'insufficient credits' });
    return;
  }
  response.locals['userId'] = sub;
  next();
}

const app = express();
app.disable('x-powered-by');
app.use(admit);
app.use(
  createProxyMiddleware<Request, Response>({
    target: UPSTREAM_URL,
    agent: new Agent({ keepAlive: true }),
    on: {
      proxyReq: (proxied: ClientRequest, _request, response) => {
        proxied.removeHeader('authorization');
        proxied.setHeader('x-user-id', String(response.locals['userId']));
      },
    },
  }),
);
listenAndTell(createServer(app));

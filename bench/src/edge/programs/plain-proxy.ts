import { Agent, createServer } from 'node:http';
import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { listenAndTell } from './listen.ts';

/** Bare http-proxy-middleware on Express: forwards, and does nothing else that a gateway does. Reads UPSTREAM_URL. */
const app = express();
app.disable('x-powered-by');
app.use(createProxyMiddleware({ target: process.env['UPSTREAM_URL'] ?? '', agent: new Agent({ keepAlive: true }) }));
listenAndTell(createServer(app));

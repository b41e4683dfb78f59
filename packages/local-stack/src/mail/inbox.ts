import { createServer } from 'node:http';
import express from 'express';
import type { Express } from 'express';
import { listPage, mailPage } from './inbox-page.ts';
import { Mailbox } from './mailbox.ts';
import { startSmtpSink } from './smtp-sink.ts';

/** The running inbox. */
export interface Inbox {
  readonly stop: () => Promise<void>;
}

/** Starts the mail sink and the page that shows what arrived. Both listen on 127.0.0.1 only. */
export async function startInbox({ smtpPort, uiPort }: { smtpPort: number; uiPort: number }): Promise<Inbox> {
  const mailbox = new Mailbox();
  const server = createServer(inboxApp(mailbox));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(uiPort, '127.0.0.1', resolve));
  const sink = await startSmtpSink(mailbox, smtpPort);
  const stop = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, sink.stop()]);
  };
  return { stop };
}

/** Pages for people, and the same as JSON under `/api/messages` for tools. */
function inboxApp(mailbox: Mailbox): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    // The inbox holds sign-in codes. A web page that makes its own name resolve to this machine must not read them.
    if (!isLocalName(request.hostname)) {
      response.status(403).type('text').send('Only as localhost\n');
      return;
    }
    response.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });
  app.get('/', (_request, response) => response.send(listPage(mailbox.list())));
  app.get('/messages/:id', (request, response) => {
    const mail = mailbox.find(request.params.id);
    if (mail === undefined) response.status(404).type('text').send('No such mail\n');
    else response.send(mailPage(mail));
  });
  app.get('/api/messages', (request, response) => {
    const { to } = request.query;
    response.json(mailbox.list(typeof to === 'string' ? to : undefined));
  });
  app.get('/api/messages/:id', (request, response) => {
    const mail = mailbox.find(request.params.id);
    if (mail === undefined) response.status(404).json({ detail: 'No such mail' });
    else response.json(mail);
  });
  app.delete('/api/messages', (_request, response) => {
    mailbox.clear();
    response.status(204).end();
  });
  return app;
}

function isLocalName(hostname: string | undefined): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}

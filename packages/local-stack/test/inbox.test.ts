import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { startInbox } from '../src/mail/inbox.ts';
import type { Inbox } from '../src/mail/inbox.ts';
import type { Mail } from '../src/mail/mailbox.ts';
import { freePort } from '../src/process/free-port.ts';

let inbox: Inbox;
let ui = '';
let smtpPort = 0;

beforeAll(async () => {
  smtpPort = await freePort();
  const uiPort = await freePort();
  inbox = await startInbox({ smtpPort, uiPort });
  ui = `http://127.0.0.1:${uiPort}`;
});
afterAll(async () => await inbox.stop());
beforeEach(async () => {
  await fetch(`${ui}/api/messages`, { method: 'DELETE' });
});

interface Message {
  to: string;
  subject: string;
  text?: string;
  html?: string;
}

async function send(message: Message): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort });
  try {
    await transport.sendMail({ from: 'service@turnpike.test', ...message });
  } finally {
    transport.close();
  }
}

async function messages(query = ''): Promise<Mail[]> {
  return (await (await fetch(`${ui}/api/messages${query}`)).json()) as Mail[];
}

describe('inbox', () => {
  test('shows tools what arrived, decoded, newest first, by recipient', async () => {
    await send({ to: 'ada@example.com', subject: 'Grüße', text: 'Your code is 123456' });
    await send({ to: 'bob@example.com', subject: 'Second', text: 'Hello' });
    const all = await messages();
    expect(all).toMatchObject([
      { to: ['bob@example.com'], subject: 'Second', text: expect.stringContaining('Hello'), html: null },
      {
        to: ['ada@example.com'],
        subject: 'Grüße',
        text: expect.stringContaining('123456'),
        from: 'service@turnpike.test',
      },
    ]);
    expect(await messages('?to=ADA@example.com')).toHaveLength(1);
    const [newest] = all;
    expect(await (await fetch(`${ui}/api/messages/${newest?.id}`)).json()).toEqual(newest);
    expect((await fetch(`${ui}/api/messages/unknown`)).status).toBe(404);
  });

  test('refuses mail that is too large, and goes on working', async () => {
    const large = { to: 'ada@example.com', subject: 'Large', text: `${'x'.repeat(998)}\n`.repeat(2_200) };
    await expect(send(large)).rejects.toMatchObject({ responseCode: 552 });
    await send({ to: 'ada@example.com', subject: 'Small', text: 'Hello' });
    expect(await messages()).toMatchObject([{ subject: 'Small' }]);
  });
});

describe('a mail that tries to run in the page', () => {
  const attack = '<script>alert(1)</script><img src=x onerror="alert(2)">';

  test('is shown as text on both pages', async () => {
    await send({ to: 'ada@example.com', subject: attack, html: attack });
    const [mail] = await messages();
    for (const path of ['/', `/messages/${mail?.id}`]) {
      const response = await fetch(ui + path);
      const html = await response.text();
      expect(html).not.toContain('<script>');
      expect(html).not.toContain('<img');
      expect(html).toContain('&lt;script&gt;');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });
});

describe('a web page that makes its own name resolve to this machine', () => {
  test('is not shown the mail', async () => {
    const status = await new Promise((resolve, reject) => {
      httpRequest(`${ui}/api/messages`, { headers: { Host: 'rebound.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

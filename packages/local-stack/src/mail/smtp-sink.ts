import type { Readable } from 'node:stream';
import { callbackify } from 'node:util';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerSession } from 'smtp-server';
import type { Mailbox } from './mailbox.ts';

/** Larger mail is refused; the services' own are a few kilobytes. */
const MAIL_BYTES_MAX = 2 * 1024 * 1024;

/** Accepts every mail on 127.0.0.1 and delivers none of it. */
export async function startSmtpSink(mailbox: Mailbox, port: number): Promise<{ stop: () => Promise<void> }> {
  const server = new SMTPServer({
    banner: 'Turnpike local inbox',
    authOptional: true,
    // Without a certificate there is no TLS, and a client that is offered it would insist.
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: MAIL_BYTES_MAX,
    onAuth: (_auth, _session, done) => done(null, { user: 'anyone' }),
    onData: (stream, session, done) => callbackify(deliver)(mailbox, stream, session, done),
  });
  // A client that hangs up in the middle is nobody's failure.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return { stop: async () => await new Promise((resolve) => server.close(() => resolve())) };
}

async function deliver(mailbox: Mailbox, stream: Readable, { envelope }: SMTPServerSession): Promise<void> {
  await mailbox.add(await readMail(stream), {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
  });
}

/** The stream is read to its end in any case; otherwise the connection would hang instead of hearing the refusal. */
async function readMail(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAIL_BYTES_MAX) chunks.push(chunk);
  }
  if (bytes > MAIL_BYTES_MAX) throw Object.assign(new Error('The mail is too large'), { responseCode: 552 });
  return Buffer.concat(chunks);
}

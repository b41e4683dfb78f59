import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { waitFor } from '@turnpike/test-kit';

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly to: readonly string[];
  readonly source: string;
}

/** A mail server of the test's own. */
export interface Mailbox {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** The code of the newest mail to an address, of at least `mailsMin` mails. */
  codeFor(address: string, mailsMin?: number): Promise<string>;
  /** Answers recipients from now on: `undefined` accepts, a number is an SMTP reply code. */
  replyWith(code: number | undefined): void;
  /** How many recipients were named, accepted or not. */
  readonly recipients: number;
  close(): Promise<void>;
}

/** Starts a mail server on a free port. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: ReceivedMail[] = [];
  let refuseWith: number | undefined;
  let recipients = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(address, _session, callback) {
      recipients += 1;
      if (refuseWith === undefined) callback();
      else callback(Object.assign(new Error(`refused ${address.address}`), { responseCode: refuseWith }));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString(),
        });
        callback();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    get recipients() {
      return recipients;
    },
    async codeFor(address, mailsMin = 1) {
      return waitFor(() => {
        const received = mails.filter(({ to }) => to.includes(address));
        const code = /^ +(\d{6})\r?$/m.exec(received.at(-1)?.source ?? '')?.[1];
        return received.length >= mailsMin ? code : undefined;
      });
    },
    replyWith(code) {
      refuseWith = code;
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(resolve);
      });
    },
  };
}

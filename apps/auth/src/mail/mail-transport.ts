import { UnrecoverableError } from 'bullmq';
import { createTransport } from 'nodemailer';
import type { RenderedMail } from './templates/page.ts';

/** Connections kept to the mail server. */
const CONNECTIONS_MAX = 3;
/** How long the server may take to accept a connection, to greet, and to answer each command, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
const GREETING_TIMEOUT_MS = 5_000;
const SOCKET_TIMEOUT_MS = 15_000;

export interface MailTransport {
  send(to: string, mail: RenderedMail): Promise<void>;
  close(): void;
}

/** Mail over SMTP. `url` may carry credentials and nodemailer's options, such as `?requireTLS=true`; `from` is the sender. */
export function createMailTransport(url: string, from: string): MailTransport {
  const transporter = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    // Nothing in our mails comes from a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(to, { subject, text, html }) {
      await transporter.sendMail({
        from,
        // As an object, so that nothing in an address can be read as a list of addresses.
        to: { name: '', address: to },
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    },
    close: () => transporter.close(),
  };
}

/**
 * A failed delivery as a code: `smtp_550`, or the connection's error. A 5xx reply is final (RFC 5321 §4.2.1), except
 * for those about the session, since credentials and policies get repaired.
 */
export function deliveryFailure(error: unknown): Error {
  const { responseCode, code, command } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  if (typeof responseCode !== 'number')
    return new Error(typeof code === 'string' ? code.toLowerCase() : 'delivery_failed');
  const ofMail = typeof command === 'string' && /^(?:MAIL FROM|RCPT TO|DATA)/.test(command);
  const reason = `smtp_${responseCode}`;
  return responseCode >= 500 && ofMail ? new UnrecoverableError(reason) : new Error(reason);
}

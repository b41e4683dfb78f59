import { randomUUID } from 'node:crypto';
import PostalMime from 'postal-mime';

/** One mail as it arrived, decoded. */
export interface Mail {
  readonly id: string;
  /** RFC 3339, UTC: when it arrived. */
  readonly received_at: string;
  readonly from: string;
  /** Whom the sender told the mail server to deliver it to. */
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
  /** Null when the mail has no such part. */
  readonly html: string | null;
}

/** Older mail makes room for newer. */
const MAILS_MAX = 500;

/** Mail that services sent, newest first; in memory, since it is for looking at. */
export class Mailbox {
  #mails: Mail[] = [];

  /** Takes in a raw message with its envelope. */
  async add(raw: Buffer, envelope: { from: string; to: string[] }): Promise<void> {
    const parsed = await PostalMime.parse(raw);
    const mail: Mail = {
      id: randomUUID(),
      received_at: new Date().toISOString(),
      from: envelope.from,
      to: envelope.to,
      subject: parsed.subject ?? '',
      text: parsed.text ?? '',
      html: parsed.html ?? null,
    };
    this.#mails = [mail, ...this.#mails].slice(0, MAILS_MAX);
  }

  /** All mail, or that to one address; addresses are compared without regard to case. */
  list(to?: string): Mail[] {
    if (to === undefined) return [...this.#mails];
    return this.#mails.filter((mail) => mail.to.some((address) => address.toLowerCase() === to.toLowerCase()));
  }

  find(id: string): Mail | undefined {
    return this.#mails.find((mail) => mail.id === id);
  }

  clear(): void {
    this.#mails = [];
  }
}

import { Connection } from './connection.ts';

/** How a load ended. */
export interface Load {
  readonly requests: number;
  /** Answers other than 200 and 201, broken connections included; any voids the round. */
  readonly errors: number;
  readonly seconds: number;
  /** From sending to the end of the answer, in milliseconds, ascending. */
  readonly latenciesMs: readonly number[];
}

export interface LoadSpec {
  readonly url: string;
  /** Taken in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
}

/** As many requests as the other side takes with so many under way: for a time, or until so many were answered. */
export async function runLoad(
  { url, requests, connections }: LoadSpec,
  until: { readonly seconds: number } | { readonly count: number },
): Promise<Load> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const started = performance.now();
  const endsAt = 'seconds' in until ? started + until.seconds * 1_000 : Number.POSITIVE_INFINITY;
  const most = 'count' in until ? until.count : Number.POSITIVE_INFINITY;
  let sent = 0;
  let answered = 0;
  let errors = 0;
  const latenciesMs: number[] = [];
  const drive = (connection: Connection): Promise<void> =>
    new Promise((resolve) => {
      let sentAt = 0;
      const next = (status: number): void => {
        latenciesMs.push(performance.now() - sentAt);
        answered += 1;
        if (status !== 200 && status !== 201) errors += 1;
        // A broken connection answers nothing more.
        if (status === 0) resolve();
        else begin();
      };
      const begin = (): void => {
        if (sent >= most || performance.now() >= endsAt) {
          resolve();
          return;
        }
        const request = requests[sent % requests.length] ?? '';
        sent += 1;
        sentAt = performance.now();
        connection.send(request, next);
      };
      begin();
    });
  await Promise.all(open.map(drive));
  const seconds = (performance.now() - started) / 1_000;
  for (const connection of open) connection.close();
  return { requests: answered, errors, seconds, latenciesMs: latenciesMs.toSorted((a, b) => a - b) };
}

/** A steady rate, whatever the other side does: latencies in milliseconds, ascending. */
export async function runRate(
  { url, requests, connections }: LoadSpec,
  perSecond: number,
  seconds: number,
): Promise<{ latenciesMs: number[]; errors: number }> {
  const idle = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const all = [...idle];
  const latenciesMs: number[] = [];
  const total = Math.round(perSecond * seconds);
  let errors = 0;
  const started = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    const send = (): void => {
      const connection = idle.pop();
      const request = requests[sent % requests.length] ?? '';
      sent += 1;
      const sentAt = performance.now();
      const done = (status: number): void => {
        latenciesMs.push(performance.now() - sentAt);
        if (status !== 200) errors += 1;
        if (connection !== undefined && status !== 0) idle.push(connection);
        if (latenciesMs.length === total) resolve();
      };
      // Without a free connection the other side is slower than the rate: no latency can be told.
      if (connection === undefined) done(0);
      else connection.send(request, done);
    };
    const tick = (): void => {
      const due = Math.min(total, Math.floor(((performance.now() - started) / 1_000) * perSecond) + 1);
      while (sent < due) send();
      if (sent < total) setTimeout(tick, 1);
    };
    tick();
  });
  for (const connection of all) connection.close();
  return { latenciesMs: latenciesMs.toSorted((a, b) => a - b), errors };
}

/**
 * The promise's outcome, or an error when it takes longer than `timeoutMs`; the work itself goes on. A process that was
 * kept from running sees its timers before what has arrived meanwhile, so what is there by then still counts.
 */
export async function deadline<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => setImmediate(() => reject(new Error(`${what} took longer than ${timeoutMs} ms`))),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when the promise settles either way, or when the time is up, whichever comes first. */
export async function within(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  await deadline(promise, timeoutMs, 'waiting').catch(() => {});
}

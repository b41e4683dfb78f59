/** What the work is done for. */
interface Call {
  /** Aborted when the gateway closes the connection. */
  readonly signal: AbortSignal;
}

/**
 * Does work only as long as somebody waits for its answer: a call whose connection closes before the answer begins is not paid
 * (docs/downstream.md), so what was made is undone. `undefined` then.
 */
export async function whileWanted<R>(
  { signal }: Call,
  make: () => Promise<R>,
  undo: (made: R) => Promise<unknown>,
): Promise<R | undefined> {
  if (signal.aborted) return undefined;
  const made = await make();
  if (!signal.aborted) return made;
  await undo(made);
  return undefined;
}

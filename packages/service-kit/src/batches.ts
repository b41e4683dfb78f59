/**
 * Repeats `batch` until one finds nothing or `signal` fires, so that a run ends only when all of its work is done, however much that is.
 * `batch` gives how many rows it took, in a transaction of its own. Gives the sum.
 */
export async function runBatches(batch: () => Promise<number>, signal: AbortSignal): Promise<number> {
  let sum = 0;
  while (!signal.aborted) {
    const taken = await batch();
    if (taken === 0) break;
    sum += taken;
  }
  return sum;
}

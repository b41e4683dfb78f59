/**
 * Repeats `batch`, which returns how many rows it took in a transaction of its own, until one finds nothing or `signal`
 * fires. Returns the sum.
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

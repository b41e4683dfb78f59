/** The pause after a number of failures in a row (1 is the first), in milliseconds: `minMs`, doubled with each, at most `maxMs`. */
export function backOffMs(failures: number, minMs: number, maxMs: number): number {
  return Math.min(minMs * 2 ** Math.max(0, failures - 1), maxMs);
}

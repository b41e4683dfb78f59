/** Rows counted for a total; beyond it the total stands still, so that no list has to count a long table. */
export const COUNTED_MAX = 10_000;

/**
 * Spearman's rank correlation of two lists of the same length, -1 to 1; equal values share the mean of their ranks. Null if it is
 * undefined: fewer than two values, or one list is constant.
 *
 * @example rankCorrelation([1, 2, 3], [10, 20, 15]) // 0.5
 */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number | null {
  if (a.length !== b.length)
    throw new Error(`Expected lists of one length, got ${String(a.length)} and ${String(b.length)}.`);
  return correlation(meanRanks(a), meanRanks(b));
}

/** The rank of each value from 1 for the smallest; equal values share the mean of their ranks. */
export function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const ranks = new Array<number>(values.length);
  for (let first = 0, next = 0; first < order.length; first = next) {
    while (next < order.length && values[order[next] ?? 0] === values[order[first] ?? 0]) next += 1;
    for (const i of order.slice(first, next)) ranks[i] = (first + 1 + next) / 2;
  }
  return ranks;
}

/** Pearson's correlation, or null if it is undefined. */
function correlation(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[i] ?? 0) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

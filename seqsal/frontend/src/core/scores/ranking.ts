/** Indices of at most `most` strongest segments in the scale, strongest first. Segments with the value 0 are left out. */
export function strongest(values: Float64Array, most: number): number[] {
  const sizes = values.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
  // Sorting numbers is fast and sorting indices by a key is slow, so a threshold first leaves few indices to sort.
  const least = sizes.slice().sort().at(-most) ?? 0;
  const found: number[] = [];
  for (const [i, size] of sizes.entries()) {
    if (size > 0 && size >= least) found.push(i);
  }
  return found.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b).slice(0, most);
}

/** The next of some segments in text order, after or before segment `from`, wrapping around; null if there are none. */
export function nextOf(segments: readonly number[], from: number, direction: 1 | -1): number | null {
  const ordered = [...segments].sort((a, b) => direction * (a - b));
  return ordered.find((index) => direction * (index - from) > 0) ?? ordered[0] ?? null;
}

/** The share of all salience that each segment has, 0 to 1, from the sums of its tokens; 0 outside the scale. */
export function shares(sums: Float64Array): Float64Array {
  const masses = sums.map((sum) => (Number.isNaN(sum) ? 0 : Math.abs(sum)));
  const total = masses.reduce((a, b) => a + b, 0);
  return total === 0 ? masses : masses.map((mass) => mass / total);
}

/** The rank of one segment among all in the scale. */
export interface SegmentRank {
  readonly value: number;
  readonly rank: number;
  readonly of: number;
}

export function rankOf(values: Float64Array | readonly number[], index: number): SegmentRank | null {
  const value = values[index];
  if (value === undefined || Number.isNaN(value)) return null;
  const size = Math.abs(value);
  let rank = 1;
  let of = 0;
  for (const other of values) {
    if (Number.isNaN(other)) continue;
    of += 1;
    if (Math.abs(other) > size) rank += 1;
  }
  return { value, rank, of };
}

/** Indices of the strongest segments in the scale, strongest first, at most `most`. Zero is no strength. */
export function strongest(values: Float64Array, most: number): number[] {
  const sizes = values.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
  // Sorting plain numbers is quick, sorting indices by them is not; so few indices are left to sort.
  const least = sizes.slice().sort().at(-most) ?? 0;
  const found: number[] = [];
  for (const [i, size] of sizes.entries()) {
    if (size > 0 && size >= least) found.push(i);
  }
  return found.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b).slice(0, most);
}

/** The next of some segments in the order of the text, after or before segment `from`, round and round; null of none. */
export function nextOf(segments: readonly number[], from: number, direction: 1 | -1): number | null {
  const ordered = [...segments].sort((a, b) => direction * (a - b));
  return ordered.find((index) => direction * (index - from) > 0) ?? ordered[0] ?? null;
}

/** The part of all salience that each segment holds, 0 to 1, from the sums of its tokens; 0 outside of the scale. */
export function shares(sums: Float64Array): Float64Array {
  const masses = sums.map((sum) => (Number.isNaN(sum) ? 0 : Math.abs(sum)));
  const total = masses.reduce((a, b) => a + b, 0);
  return total === 0 ? masses : masses.map((mass) => mass / total);
}

/** Where one segment stands among all that are in the scale. */
export interface Standing {
  readonly value: number;
  readonly rank: number;
  readonly of: number;
}

export function standingOf(values: Float64Array, index: number): Standing | null {
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

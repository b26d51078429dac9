/** How concentrated salience is: the share of the strongest few segments, and their share if all were equal. */
export interface Concentration {
  readonly strongest: number;
  readonly of: number;
  readonly share: number;
  readonly even: number;
}

/** The concentration of segment sums, or null if nothing was scored. The mass of a signed score is its absolute value. */
export function concentration(sums: Float64Array): Concentration | null {
  // A Float64Array sorts without a comparison function, which is ten times as fast.
  const masses = sums
    .filter((sum) => !Number.isNaN(sum))
    .map(Math.abs)
    .sort();
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (masses.length < 2 || total === 0) return null;
  const strongest = fewOf(masses.length);
  const top = masses.subarray(-strongest).reduce((sum, mass) => sum + mass, 0);
  return { strongest, of: masses.length, share: top / total, even: strongest / masses.length };
}

/** How many of `count` segments are "the strongest few": a third below 15, then five, then one in a hundred. */
function fewOf(count: number): number {
  if (count < 15) return Math.max(1, Math.floor(count / 3));
  return Math.max(5, Math.round(count / 100));
}

/** How many times their even share the strongest segments must have for a map to be informative. */
const LEAST = 1.5;

/** Whether a map is so close to uniform that its colours mean little, as gradients of long prompts often are. */
export function isNearlyEven({ share, even }: Concentration): boolean {
  return share < LEAST * even && share - even < 0.1;
}

import palette from '../../../../shared/palette.json';

/** Steps of heat on each side of zero. More would look the same, and each is a CSS class. */
export const STEPS = palette.steps;

export const SCALINGS = ['value', 'rank'] as const;
/** `value` paints a score by its share of the largest one, `rank` by its rank. */
export type Scaling = (typeof SCALINGS)[number];

export interface HeatOptions {
  readonly scaling: Scaling;
  /** 1 paints in proportion; above 1, weak scores are stronger; below 1, only the strongest scores are visible. */
  readonly intensity: number;
}

/**
 * One level for each value, from -STEPS to STEPS. The level 0 is unpainted. NaN has level 0. With the values of another text, both are
 * on one scale.
 *
 * @example heatLevels(Float64Array.of(0, 1, -2, NaN), { scaling: 'value', intensity: 1 }) // [0, 12, -24, 0]
 */
export function heatLevels(
  values: Float64Array,
  { scaling, intensity }: HeatOptions,
  others: Float64Array = NONE,
): Int8Array {
  const strength = (scaling === 'rank' ? ranks : shares)(joined(values, others)).subarray(0, values.length);
  return Int8Array.from(strength, (share, i) => {
    const level = Math.round(STEPS * Math.pow(share, 1 / intensity));
    return (values[i] ?? 0) < 0 ? -level : level;
  });
}

const NONE = new Float64Array();

function joined(values: Float64Array, others: Float64Array): Float64Array {
  if (others.length === 0) return values;
  const all = new Float64Array(values.length + others.length);
  all.set(values);
  all.set(others, values.length);
  return all;
}

function shares(values: Float64Array): Float64Array {
  const sizes = values.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  return largest === 0 ? sizes : sizes.map((size) => size / largest);
}

/** Ranks from weakest to strongest, as shares of 1. Zero has no rank, and equal values have the same. */
function ranks(values: Float64Array): Float64Array {
  const sizes = shares(values);
  const ordered = sizes.slice().sort();
  const distinct = ordered.filter((size, i) => size > 0 && size !== ordered[i - 1]);
  return sizes.map((size) => (size === 0 ? 0 : (indexIn(size, distinct) + 1) / distinct.length));
}

/** The index of a value in ascending values that contain it. */
function indexIn(value: number, ascending: Float64Array): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

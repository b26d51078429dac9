import { describe, expect, it } from 'vitest';
import { nextOf, shares, strongest } from '../../../../src/core/scores/ranking.js';

/** By sorting all of them, as the rule says it. */
function plainly(values: Float64Array, most: number): number[] {
  const size = (i: number): number => Math.abs(values[i] ?? 0);
  return [...values.keys()]
    .filter((i) => size(i) > 0)
    .sort((a, b) => size(b) - size(a) || a - b)
    .slice(0, most);
}

describe('the strongest', () => {
  it('are sorted by absolute value, equal ones in text order', () => {
    expect(strongest(Float64Array.of(NaN, 1, -3, 0, 2, -2, NaN), 3)).toEqual([2, 4, 5]);
    expect(strongest(Float64Array.of(NaN, 0, NaN), 3)).toEqual([]);
    expect(strongest(Float64Array.of(), 3)).toEqual([]);
    expect(strongest(Float64Array.of(5), 3)).toEqual([0]);
  });

  it('are those that a full sort finds, in 500 lists with many equal values', () => {
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let run = 0; run < 500; run++) {
      const values = Float64Array.from({ length: random(40) }, () => (random(9) === 0 ? NaN : random(13) - 6));
      const most = 1 + random(12);
      expect(strongest(values, most)).toEqual(plainly(values, most));
    }
  });
});

describe('the next', () => {
  const hot = [7, 2, 11];
  it.each([
    [0, 1, 2],
    [2, 1, 7],
    [7, 1, 11],
    [11, 1, 2],
    [99, 1, 2],
    [8, -1, 7],
    [7, -1, 2],
    [2, -1, 11],
    [0, -1, 11],
  ] as const)('of 2, 7, 11 from %i in direction %i is %i', (from, direction, expected) => {
    expect(nextOf(hot, from, direction)).toBe(expected);
  });

  it('of an empty list is null', () => {
    expect(nextOf([], 3, 1)).toBeNull();
  });
});

describe('shares', () => {
  it('are shares of the total absolute value, and 0 outside the scale', () => {
    expect([...shares(Float64Array.of(NaN, 3, -1, 0))]).toEqual([0, 0.75, 0.25, 0]);
    expect([...shares(Float64Array.of(0, NaN))]).toEqual([0, 0]);
  });
});

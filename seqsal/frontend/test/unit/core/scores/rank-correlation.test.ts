import { describe, expect, it, test } from 'vitest';
import { meanRanks, rankCorrelation } from '../../../../src/core/scores/rank-correlation.js';

describe('ranks', () => {
  it('of equal values are the mean of their places', () => {
    expect(meanRanks([10, 20, 20, 5])).toEqual([2, 3.5, 3.5, 1]);
    expect(meanRanks([7, 7, 7])).toEqual([2, 2, 2]);
    expect(meanRanks([])).toEqual([]);
  });
});

describe('the rank correlation', () => {
  // The expected numbers are those of scipy.stats.spearmanr 1.17.
  test.each([
    [[1, 2, 3, 4], [10, 20, 30, 1000], 1],
    [[1, 2, 3, 4], [4, 3, 2, 1], -1],
    [[1, 2, 3], [10, 20, 15], 0.5],
    [[3, 1, 2, 2, 5], [1, 1, 4, 2, 3], 0.26315789473684215],
    [[0.1, 0.4, 0.4, 0.4, 0.9, -2], [5, 5, 1, 3, 3, 0], 0.21885688981825285],
  ])('of %j and %j is that of SciPy', (a, b, expected) => {
    expect(rankCorrelation(a, b)).toBeCloseTo(expected, 12);
    expect(rankCorrelation(b, a)).toBeCloseTo(expected, 12);
  });

  it('is undefined if a list is constant or has less than two values', () => {
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1, 2, 3], [4, 4, 4])).toBeNull();
    expect(rankCorrelation([1], [2])).toBeNull();
    expect(rankCorrelation([], [])).toBeNull();
  });

  it('is of lists of one length', () => {
    expect(() => rankCorrelation([1, 2], [1])).toThrow('Expected lists of one length, got 2 and 1.');
  });
});

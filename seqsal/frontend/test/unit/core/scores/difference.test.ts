import { describe, expect, it } from 'vitest';
import { differences } from '../../../../src/core/scores/difference.js';
import { STEPS, heatLevels } from '../../../../src/core/scores/heat.js';

const values = (...numbers: number[]): Float64Array => Float64Array.from(numbers);
const indices = (...numbers: number[]): Int32Array => Int32Array.from(numbers);

describe('the difference of two maps', () => {
  it('is after minus before, the same for both segments of a pair', () => {
    const change = differences(values(1, 5), values(4, 3), { before: indices(1, 0), after: indices(1, 0) });
    expect([...change.before]).toEqual([2, -1]);
    expect([...change.after]).toEqual([-1, 2]);
  });

  it('has the whole score of what was added, and loses that of what was removed', () => {
    const change = differences(values(1, 5), values(4, 3), { before: indices(0, -1), after: indices(0, -1) });
    expect([...change.before]).toEqual([3, -5]);
    expect([...change.after]).toEqual([3, 3]);
  });

  it('is unknown outside either scale', () => {
    const change = differences(values(NaN, 5, 1), values(4, NaN, 2), {
      before: indices(0, 1, 2),
      after: indices(0, 1, 2),
    });
    expect([...change.before]).toEqual([NaN, NaN, 1]);
    expect([...change.after]).toEqual([NaN, NaN, 1]);
  });
});

describe('one scale for two texts', () => {
  const options = { intensity: 1, scaling: 'value' } as const;

  it('gives the same score the same level in both', () => {
    const [first, second] = [values(1, 2), values(2, 8, NaN)];
    expect([...heatLevels(first, options, second)]).toEqual([STEPS / 8, STEPS / 4]);
    expect([...heatLevels(second, options, first)]).toEqual([STEPS / 4, STEPS, 0]);
    expect([...heatLevels(first, options)]).toEqual([STEPS / 2, STEPS]);
  });

  it('ranks the scores of both together', () => {
    const [first, second] = [values(1, 2), values(3, 4)];
    const byRank = { ...options, scaling: 'rank' } as const;
    expect([...heatLevels(first, byRank, second)]).toEqual([STEPS / 4, STEPS / 2]);
    expect([...heatLevels(second, byRank, first)]).toEqual([(STEPS * 3) / 4, STEPS]);
  });
});

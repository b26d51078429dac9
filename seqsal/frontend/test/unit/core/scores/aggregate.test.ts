import { describe, expect, it, test } from 'vitest';
import { segmentScores } from '../../../../src/core/scores/aggregate.js';
import { concentration } from '../../../../src/core/scores/concentration.js';
import { heatLevels, STEPS } from '../../../../src/core/scores/heat.js';
import { rankOf } from '../../../../src/core/scores/ranking.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { by, tokenized } from '../../../helpers/texts.js';

// Tokens: 0 <s> | 1 A  2 b. | 3 C  4 d.  5 e | 6 F  7 g.
const given = tokenized(['<s>', 'A', ' b.', ' C', ' d', ' e.', ' F', ' g.']);
const segments = segmentTokens(given, by('sentences'));
const scores = [90, 1, 2, -4, 1, 1, 50, 60];

describe('segment scores', () => {
  test.each([
    ['sum', [NaN, 3, -2, NaN]],
    ['mean', [NaN, 1.5, -2 / 3, NaN]],
    ['max', [NaN, 2, -4, NaN]],
  ] as const)('%s; special tokens and what is not before the selection are out of the scale', (how, expected) => {
    expect([...segmentScores(scores, segments, 6, how)]).toEqual(expected);
  });

  it('exclude a segment that extends into the selection', () => {
    expect([...segmentScores(scores, segments, 5, 'sum')]).toEqual([NaN, 3, NaN, NaN]);
  });

  it('count values that are not finite as 0', () => {
    expect([...segmentScores([0, NaN, 2, Infinity, 1, 1, 0, 0], segments, 6, 'sum')]).toEqual([NaN, 2, 2, NaN]);
  });
});

describe('heat', () => {
  const options = { scaling: 'value', intensity: 1 } as const;

  it('is in proportion to the largest score, with its sign', () => {
    expect([...heatLevels(Float64Array.of(0, 1, -2, NaN), options)]).toEqual([0, STEPS / 2, -STEPS, 0]);
  });

  it('is zero if all scores are zero', () => {
    expect([...heatLevels(Float64Array.of(0, 0, NaN), options)]).toEqual([0, 0, 0]);
  });

  it('ignores special tokens', () => {
    const levels = heatLevels(segmentScores(scores, segments, 6, 'sum'), options);
    expect([...levels]).toEqual([0, STEPS, Math.round((-STEPS * 2) / 3), 0]);
  });

  it('by rank depends only on the order, and equal values have the same rank', () => {
    const near = heatLevels(Float64Array.of(0, 1, 1.001, -1.002, 1), { scaling: 'rank', intensity: 1 });
    const far = heatLevels(Float64Array.of(0, 1, 50, -900, 1), { scaling: 'rank', intensity: 1 });
    expect([...near]).toEqual([0, 8, 16, -24, 8]);
    expect(far).toEqual(near);
  });

  it('raises weak scores with the intensity, but not the strongest', () => {
    const values = Float64Array.of(0.25, 1);
    expect([...heatLevels(values, { scaling: 'value', intensity: 2 })]).toEqual([STEPS / 2, STEPS]);
    expect([...heatLevels(values, { scaling: 'value', intensity: 0.5 })]).toEqual([2, STEPS]);
  });
});

describe('concentration', () => {
  it('is the share of the strongest compared with an even distribution', () => {
    const sums = Float64Array.of(...Array.from({ length: 15 }, () => 1), NaN, 5, -5, 5, 5, 5);
    expect(concentration(sums)).toEqual({ strongest: 5, of: 20, share: 25 / 40, even: 5 / 20 });
  });

  it('counts fewer segments if there are few', () => {
    expect(concentration(Float64Array.of(3, 1, 0, NaN))).toEqual({ strongest: 1, of: 3, share: 0.75, even: 1 / 3 });
  });

  it('counts one in a hundred if there are very many', () => {
    const sums = Float64Array.from({ length: 2000 }, (_, i) => (i < 20 ? 99 : 1));
    expect(concentration(sums)).toEqual({ strongest: 20, of: 2000, share: 0.5, even: 0.01 });
  });

  it.each([[[]], [[0, 0, 0]], [[4]], [[NaN, NaN]]])('says nothing of %j', (values) => {
    expect(concentration(Float64Array.from(values))).toBeNull();
  });
});

describe('standing', () => {
  const values = Float64Array.of(NaN, 3, -4, 0);
  it('ranks by absolute value', () => {
    expect(rankOf(values, 2)).toEqual({ value: -4, rank: 1, of: 3 });
    expect(rankOf(values, 1)).toEqual({ value: 3, rank: 2, of: 3 });
  });
  it('is null outside the scale', () => {
    expect(rankOf(values, 0)).toBeNull();
    expect(rankOf(values, 9)).toBeNull();
  });
});

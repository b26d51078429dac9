import { expect, it } from 'vitest';
import { shares } from '../../../../src/core/scores/ranking.js';
import { blockSum, partShares } from '../../../../src/core/scores/thinking.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import { by } from '../../../helpers/texts.js';

const TOKENS = ['Who', ' came', '<t>', ' Hm', '</t>', ' So', ' Ann'];
const TEXT = alignTokens(TOKENS, [], 'Who came', '<t> Hm</t> So Ann', [], [], { thinking: [{ start: 2, end: 5 }] });
const SEGMENTS = segmentTokens(TEXT, by('tokens'));

it('the shares of prompt, thinking and answer are of absolute values and add up to 1', () => {
  const sums = Float64Array.of(1, -3, 4, -2, 4, 2, NaN);
  const parts = partShares(shares(sums), sums, SEGMENTS);
  expect(parts).toEqual({ prompt: 0.25, thinking: 0.625, answer: 0.125 });
});

it('there are none where no thinking is before the selection', () => {
  const sums = Float64Array.of(1, -2, NaN, NaN, NaN, NaN, NaN);
  expect(partShares(shares(sums), sums, SEGMENTS)).toBeNull();
});

it('thinking without salience has a share of 0', () => {
  const sums = Float64Array.of(3, 1, 0, 0, 0, 0, NaN);
  expect(partShares(shares(sums), sums, SEGMENTS)).toEqual({ prompt: 1, thinking: 0, answer: 0 });
});

it('a block has the sum of its segments in the scale, where signs cancel out', () => {
  const sums = Float64Array.of(1, -2, 3, -3, 9, 2, NaN);
  expect(blockSum(shares(sums), sums, SEGMENTS, { start: 2, end: 5 })).toEqual({ net: 0.45, share: 0.75 });
  const selected = Float64Array.of(1, -2, 3, NaN, NaN, NaN, NaN);
  expect(blockSum(shares(selected), selected, SEGMENTS, { start: 2, end: 5 })).toEqual({ net: 0.5, share: 0.5 });
  expect(blockSum(shares(selected), selected, SEGMENTS, { start: 5, end: 7 })).toBeNull();
});

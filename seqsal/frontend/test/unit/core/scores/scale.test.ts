import { describe, expect, it } from 'vitest';
import { scaleScores } from '../../../../src/core/scores/aggregate.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { marksOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import { by, tokenized } from '../../../helpers/texts.js';

// Tokens: 0 <s> | 1 A  2 b. | 3 C  4 d. | 5 Eve. | 6 F  7 g.
const given = tokenized(['<s>', 'A', ' b.', ' C', ' d.', ' Eve.', ' F', ' g.']);
const segments = segmentTokens(given, by('sentences'));
const scores = [90, 1, 2, 4, 8, 16, 32, 64];

function scaled(set: TokenSet): number[] {
  return [...scaleScores(scores, segments, set, marksOf(segments, set), 'sum')];
}

describe('the scale', () => {
  it('has what comes before the selection', () => {
    expect(scaled([{ start: 5, end: 6 }])).toEqual([NaN, 3, 12, NaN, NaN]);
  });

  it('has what lies in a gap, because the tokens after the gap depend on it', () => {
    const gap = [
      { start: 3, end: 5 },
      { start: 6, end: 8 },
    ];
    expect(scaled(gap)).toEqual([NaN, 3, NaN, 16, NaN]);
  });

  it('excludes partly selected segments', () => {
    expect(scaled([{ start: 4, end: 6 }])).toEqual([NaN, 3, NaN, NaN, NaN]);
    expect(scaled([{ start: 6, end: 7 }])).toEqual([NaN, 3, 12, 16, NaN]);
  });
});

import { describe, expect, it, test } from 'vitest';
import { certaintyOf } from '../../../../src/core/scores/certainty.js';
import { isNearlyEven } from '../../../../src/core/scores/concentration.js';
import { rangeText, textOfSet, tokenDetails } from '../../../../src/core/scores/token-details.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';

const given = alignTokens(['<s>', 'é', '', '\n\t', ' b'], [true], 'é\n\t b', '', [1, 300, 301, 13, 7]);

describe('the tokens of a segment', () => {
  it('have text, id and probability; white space and parts of characters are visible', () => {
    expect(tokenDetails(given, { start: 0, end: 5 }, [null, null, null, -0.5, -2], 9)).toEqual([
      { text: '<s>', id: 1, logprob: null },
      { text: 'é', id: 300, logprob: null },
      { text: '⋯', id: 301, logprob: null },
      { text: '⏎⇥', id: 13, logprob: -0.5 },
      { text: '␣b', id: 7, logprob: -2 },
    ]);
  });

  it('are the first few, without what the model does not provide', () => {
    expect(tokenDetails({ ...given, ids: [] }, { start: 3, end: 5 }, null, 1)).toEqual([
      { text: '⏎⇥', id: null, logprob: null },
    ]);
  });
});

describe('a selection as text', () => {
  const gap = [
    { start: 1, end: 3 },
    { start: 4, end: 5 },
  ];
  it('is its text, with ellipses for gaps', () => {
    expect(textOfSet(given, gap)).toBe('é …  b');
  });
  it('has the range of its tokens', () => {
    expect(rangeText(gap)).toBe('tokens 1–2, 4');
    expect(rangeText([{ start: 4, end: 5 }])).toBe('token 4');
  });
});

test.each([
  [1, 'sure'],
  [0.9, 'sure'],
  [0.89, 'likely'],
  [0.5, 'likely'],
  [0.49, 'unsure'],
  [0.1, 'unsure'],
  [0.09, 'surprised'],
  [0, 'surprised'],
])('a probability of %d is %s', (probability, expected) => {
  expect(certaintyOf(Math.log(probability))).toBe(expected);
});

test.each([
  [0.18, 5 / 31, true],
  [0.41, 5 / 31, false],
  [1 / 3, 1 / 3, true],
  [0.5, 1 / 3, false],
  [0.012, 0.01, true],
  [0.03, 0.01, false],
])('%d where %d would be even is nearly even: %s', (share, even, expected) => {
  expect(isNearlyEven({ strongest: 1, of: 1, share, even })).toBe(expected);
});

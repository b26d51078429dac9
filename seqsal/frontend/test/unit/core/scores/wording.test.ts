import { describe, expect, it, test } from 'vitest';
import type { Agreement } from '../../../../src/core/scores/agreement.js';
import {
  agreementFinding,
  contrastSentence,
  effectSentence,
  likelihood,
  togetherSentence,
} from '../../../../src/core/scores/wording.js';

describe('an effect in words', () => {
  test.each([
    [Math.log(40), '40 times less likely'],
    [-Math.log(3), '3 times more likely'],
    [0.3, '1.3 times less likely'],
    [Math.log(12_345), '12,000 times less likely'],
    [20, 'more than a million times less likely'],
    [0.03, 'about as likely'],
    [-0.03, 'about as likely'],
    [0, 'about as likely'],
  ])('%d nats: %s', (effect, words) => {
    expect(likelihood(effect)).toBe(words);
  });

  it('is a sentence about the selection, and about a contrast', () => {
    expect(effectSentence(Math.log(40))).toBe('Without it the selection is 40 times less likely.');
    expect(effectSentence(Math.log(2), 'Avoid.')).toBe(
      'Without it the selection is 2 times less likely compared with “Avoid.”.',
    );
  });
});

describe('a finding', () => {
  const agreement: Agreement = {
    removed: 8,
    of: 8,
    correlation: 0.824,
    strongest: 0,
    rank: 1,
    first: null,
    against: false,
    verdict: 'agree',
    together: null,
  };

  function text(changes: Partial<Agreement>): string {
    const { lead, text } = agreementFinding({ ...agreement, ...changes }, { strongest: 'Oslo', first: 'Paris' });
    return `${lead} ${text}`;
  }

  it('says how far map and removals agree', () => {
    expect(text({})).toBe('Map and removals agree (rank correlation 0.82) on what matters most: “Oslo”.');
    expect(text({ correlation: null })).toBe('Map and removals agree on what matters most: “Oslo”.');
  });

  it('does not say that they agree on what matters most where the map has another segment first', () => {
    expect(text({ rank: 2 })).toBe(
      'Map and removals partly agree (rank correlation 0.82): removing “Oslo” costs most, and it is number 2 on the map.',
    );
    expect(text({ rank: 2, correlation: null })).toBe(
      'Map and removals partly agree: removing “Oslo” costs most, and it is number 2 on the map.',
    );
  });

  it('says what removing the segment does that the map has first', () => {
    const first = { index: 1, effect: Math.log(1.5) };
    expect(text({ rank: 2, first, correlation: null })).toBe(
      'Map and removals partly agree: removing “Oslo” costs most, and it is number 2 on the map. Without its number 1, “Paris”, the selection is 1.5 times less likely.',
    );
  });

  it('says plainly that they disagree, and where the strongest is on the map', () => {
    expect(text({ verdict: 'disagree', rank: 5, correlation: 0.12 })).toBe(
      'Map and removals disagree (rank correlation 0.12): removing “Oslo” costs most, and it is number 5 on the map.',
    );
    expect(text({ verdict: 'disagree', rank: 5, against: true, correlation: null })).toBe(
      'Map and removals disagree: removing “Oslo” costs most, and the map says that it speaks against the selection.',
    );
    expect(text({ verdict: 'disagree', rank: 1, correlation: 0.12 })).toBe(
      'Map and removals disagree (rank correlation 0.12): removing “Oslo” costs most, as the map says, but the others are in another order.',
    );
  });

  it('says that nothing matters much alone', () => {
    expect(text({ verdict: 'flat' })).toBe(
      'No single segment matters much: without any one of them the selection is about as likely.',
    );
  });

  it('compares the strongest with others at random, and says what keeping only them does', () => {
    const together = { indices: [0, 1, 2], effect: Math.log(120), atRandom: 0.3, kept: 0, hidden: false };
    expect(togetherSentence(together, false)).toBe(
      'Without the strongest 3 of the map together the selection is 120 times less likely; without 3 others at random 1.3 times less likely. With only these 3 kept it is about as likely.',
    );
    expect(togetherSentence({ ...together, atRandom: null, kept: null }, true)).toBe(
      'Without the 3 strongest supporters of the map together the selection is 120 times less likely.',
    );
  });
});

describe('a contrast in words', () => {
  it('names the likelier of the two', () => {
    expect(contrastSentence([-1, -1 - Math.log(3)])).toBe('The first is 3 times as likely');
    expect(contrastSentence([-9, -1])).toBe('The second is 3,000 times as likely');
    expect(contrastSentence([-1, -1.01])).toBe('Both are about equally likely');
  });
});

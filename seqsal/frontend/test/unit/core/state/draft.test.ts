import { describe, expect, it } from 'vitest';
import { entryOf, indexOfSpan, marksOfDraft, selectionOfDraft } from '../../../../src/core/state/draft.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import { marksOf } from '../../../../src/core/text/token-set.js';
import { by, tokenized } from '../../../helpers/texts.js';

// Tokens: 0 <s> | 1 A  2 bee. | 3 Cats. | 4 </s> | 5 Dogs. | 6 Eels.
const given = tokenized(['<s>', 'A', ' bee.', ' Cats.', '</s>', ' Dogs.', ' Eels.'], 'A bee. Cats.');
const segments = segmentTokens(given, by('sentences'));
const none = new Uint8Array(segments.length);

describe('a drafted range', () => {
  it.each([
    [1, 2, { start: 1, end: 4 }, { start: 1, end: 3 }],
    [2, 1, { start: 1, end: 4 }, { start: 3, end: 4 }],
    [2, 4, { start: 3, end: 6 }, { start: 3, end: 4 }],
    [0, 1, { start: 1, end: 3 }, { start: 1, end: 3 }],
    [5, 5, { start: 6, end: 7 }, { start: 6, end: 7 }],
  ])('from segment %i to %i', (from, to, span, anchor) => {
    expect(selectionOfDraft(segments, { from, to, adding: false })).toEqual({ span, how: 'range', anchor });
    expect(selectionOfDraft(segments, { from, to, adding: true })).toEqual({ span, how: 'add', anchor });
  });

  it('selects nothing if nothing can be selected', () => {
    expect(selectionOfDraft(segments, { from: 3, to: 3, adding: false })).toBeNull();
    expect(selectionOfDraft(segments, { from: 0, to: 0, adding: true })).toBeNull();
  });

  it('marks what it will select', () => {
    const old = marksOf(segments, [{ start: 6, end: 7 }]);
    expect([...marksOfDraft(segments, old, { from: 4, to: 2, adding: false })]).toEqual([0, 0, 2, 0, 2, 0]);
    expect([...marksOfDraft(segments, old, { from: 4, to: 2, adding: true })]).toEqual([0, 0, 2, 0, 2, 2]);
    expect([...old]).toEqual([0, 0, 0, 0, 0, 2]);
  });
});

describe('where keyboard focus enters', () => {
  it('is the answer, or the selection', () => {
    expect(entryOf(segments, none)).toBe(4);
    expect(entryOf(segments, marksOf(segments, [{ start: 3, end: 4 }]))).toBe(2);
    expect(entryOf([], none)).toBe(0);
  });
});

it('finds the segment where a range starts', () => {
  expect(indexOfSpan(segments, { start: 2, end: 4 })).toBe(1);
  expect(indexOfSpan(segments, { start: 4, end: 5 })).toBeNull();
});

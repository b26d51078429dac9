import { describe, expect, it } from 'vitest';
import { findAgain } from '../../../../src/core/text/carry.js';

/** A prompt and a target, of which the part in brackets is meant. */
function halves(prompt: string, target: string) {
  const marked = prompt + target;
  const [start, end] = [marked.indexOf('['), marked.indexOf(']') - 1];
  const length = prompt.replace(/[[\]]/g, '').length;
  return { part: { start, end }, before: { text: marked.replace(/[[\]]/g, ''), promptLength: length } };
}

function again(before: [string, string], after: [string, string]): [string, string] | null {
  const { part, before: old } = halves(...before);
  const text = after.join('');
  const found = findAgain(part, old, { text, promptLength: after[0].length });
  return found && [text.slice(found.span.start, found.span.end), found.way];
}

describe('a part of a changed text', () => {
  it.each<[string, [string, string], [string, string], [string, string] | null]>([
    ['of the same half, whatever else changed', ['Q', 'A. [B.] C.'], ['Quite another', 'A. B. C.'], ['B.', 'same']],
    ['without the white space around it', ['Q', 'A.\n[B.\n]'], ['Q2', 'A.\nB.\n'], ['B.', 'same']],
    ['as the same text', ['Q', 'It has eggs. [Avoid it.]'], ['R', 'Eggs! Avoid it. Bye.'], ['Avoid it.', 'text']],
    ['with its number, where it occurs several times', ['', 'no. [no.] x'], ['', 'y no. no. no.'], ['no.', 'text']],
    ['at its last occurrence, where there are fewer', ['', 'no. no. [no.] x'], ['', 'no. no. y'], ['no.', 'text']],
    ['and not within a word', ['', 'It is [on].'], ['', 'Only one is on!'], ['on', 'text']],
    [
      'as the line with the same label',
      ['', 'Taste: a\n[Verdict: Avoid.]\n'],
      ['', 'Verdict: Try it.\nx'],
      ['Verdict: Try it.', 'line'],
    ],
    [
      'as what follows the same label',
      ['', 'Taste: a\nVerdict: [Avoid.]\n'],
      ['', 'Why?\nVerdict: Try it.'],
      ['Try it.', 'line'],
    ],
    [
      'as the line with the same number',
      ['', 'One.\n\n[Two.]\nThree.'],
      ['', 'Eins.\nZwei.\n\nDrei.'],
      ['Zwei.', 'place'],
    ],
    ['at the same share of the length', ['', 'aaaa. [bbbb.]'], ['', 'cccccc. dddddd.'], ['d', 'closest']],
    ['of the prompt, in the prompt', ['A. [B.] C.', 'B.'], ['B. D.', 'B.'], ['B.', 'text']],
    ['nowhere, if the half is empty', ['Q', '[A.]'], ['Q', ' \n'], null],
  ])('is found %s', (_, before, after, expected) => {
    expect(again(before, after)).toEqual(expected);
  });

  it('is the first match of the target, not of the prompt', () => {
    const { part, before } = halves('A. ', '[A.] B.');
    const found = findAgain(part, before, { text: 'A. A. C.', promptLength: 3 });
    expect(found).toEqual({ span: { start: 3, end: 5 }, way: 'text' });
  });

  it('of 120,000 characters is found in reasonable time', () => {
    const lines = Array.from({ length: 6000 }, (_, i) => `Line ${String(i)}: a text.`);
    const old = lines.join('\n');
    const next = lines.with(3000, 'Line 3000: another.').join('\n');
    const start = old.indexOf('Line 3000:');
    const found = findAgain(
      { start, end: start + 'Line 3000: a text.'.length },
      { text: old, promptLength: old.length },
      { text: next, promptLength: next.length },
    );
    expect(next.slice(found?.span.start, found?.span.end)).toBe('Line 3000: another.');
  });
});

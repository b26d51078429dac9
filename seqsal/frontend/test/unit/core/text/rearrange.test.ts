import { describe, expect, it } from 'vitest';
import { swappedExamples } from '../../../../src/core/text/examples.js';
import { duplicated, partAt, partsOf, swapped } from '../../../../src/core/text/rearrange.js';
import type { PartUnit, Rewrite } from '../../../../src/core/text/rearrange.js';

function apply(text: string, rewrite: Rewrite | null): string | null {
  return rewrite && text.slice(0, rewrite.chars.start) + rewrite.text + text.slice(rewrite.chars.end);
}

/** Moves the part that begins with a text by one place. */
function move(text: string, start: string, unit: PartUnit, by: 1 | -1): string | null {
  const parts = partsOf(text, unit);
  const index = partAt(parts, text.indexOf(start));
  const [a, b] = by === 1 ? [index, index + 1] : [index - 1, index];
  return apply(text, swapped(text, parts[a], parts[b]));
}

function double(text: string, start: string, unit: PartUnit): string | null {
  const parts = partsOf(text, unit);
  return apply(text, duplicated(text, parts, partAt(parts, text.indexOf(start)), unit));
}

describe('a part that moves', () => {
  it.each<[string, string, PartUnit, 1 | -1, string | null]>([
    ['One. Two.  Three.', 'Two', 'sentences', -1, 'Two. One.  Three.'],
    ['One. Two.  Three.', 'Two', 'sentences', 1, 'One. Three.  Two.'],
    ['今日は雨。明日は晴れ。', '明日', 'sentences', -1, '明日は晴れ。今日は雨。'],
    ['שלום עולם. מה נשמע?', 'מה', 'sentences', -1, 'מה נשמע? שלום עולם.'],
    ['a\n\n\nb\nc', 'b', 'lines', -1, 'b\n\n\na\nc'],
    ['- a\n  - b 😀\n- c', 'b', 'lines', 1, '- a\n- c\n  - b 😀'],
    ['one\r\ntwo\r\n\r\nthree', 'three', 'lines', -1, 'one\r\nthree\r\n\r\ntwo'],
    ['a1\na2\n\nb1\nb2\n', 'b1', 'paragraphs', -1, 'b1\nb2\n\na1\na2\n'],
    ['a1\r\na2\r\n\r\nb1', 'a1', 'paragraphs', 1, 'b1\r\n\r\na1\r\na2'],
    ['first\nlast', 'first', 'lines', -1, null],
    ['first\nlast', 'last', 'lines', 1, null],
    ['same\nsame', 'same', 'lines', 1, null],
  ])('in %j from %j', (text, start, unit, by, expected) => {
    expect(move(text, start, unit, by)).toBe(expected);
  });
});

describe('a part twice', () => {
  it.each<[string, string, PartUnit, string]>([
    ['One. Two.', 'Two', 'sentences', 'One. Two. Two.'],
    ['One. Two.\n\nThree.', 'Two', 'sentences', 'One. Two. Two.\n\nThree.'],
    ['Alone.', 'Alone', 'sentences', 'Alone. Alone.'],
    ['今日は雨。', '今日', 'sentences', '今日は雨。今日は雨。'],
    ['Title\n\n- a\n- b', '- a', 'lines', 'Title\n\n- a\n- a\n- b'],
    ['- a\r\n- b', '- b', 'lines', '- a\r\n- b\r\n- b'],
    ['  indented', 'indented', 'lines', '  indented\n  indented'],
    ['a\n\nb', 'b', 'paragraphs', 'a\n\nb\n\nb'],
    ['a\r\nb', 'a', 'paragraphs', 'a\r\nb\r\n\r\na\r\nb'],
  ])('in %j at %j', (text, start, unit, expected) => {
    expect(double(text, start, unit)).toBe(expected);
  });
});

describe('an example and the one before', () => {
  const swap = (text: string, at: string): string | null => apply(text, swappedExamples(text, text.lastIndexOf(at)));

  it('are groups of lines with the same labels', () => {
    const prompt = 'Rate each.\n\nReview: good\nRate: 5\n\nReview: bad\nRate: 1\n\nReview: fine\nRate:';
    expect(swap(prompt, 'Rate: 1')).toBe(
      'Rate each.\n\nReview: bad\nRate: 1\n\nReview: good\nRate: 5\n\nReview: fine\nRate:',
    );
    // There is none before the first one, the question at the end is none, and so is the instruction.
    expect(swap(prompt, 'good')).toBeNull();
    expect(swap(prompt, 'fine')).toBeNull();
    expect(swap(prompt, 'each')).toBeNull();
  });

  it('may have numbers, blank lines inside, marks, and a text after them', () => {
    expect(swap('**Q1:** a\n\n**A1:** b\n\n**Q2:** c\n\n**A2:** d\n\nThanks!', '**A2')).toBe(
      '**Q2:** c\n\n**A2:** d\n\n**Q1:** a\n\n**A1:** b\n\nThanks!',
    );
    expect(swap('質問：空\r\n答え：青\r\n質問：草\r\n答え：緑', '緑')).toBe(
      '質問：草\r\n答え：緑\r\n質問：空\r\n答え：青',
    );
  });

  it('are lines with an arrow, or paragraphs of as many lines', () => {
    expect(swap('Translate.\nsea => mer\nsky => ciel\ncat =>', 'sky')).toBe(
      'Translate.\nsky => ciel\nsea => mer\ncat =>',
    );
    expect(swap('a\nb\n\nc\nd\n\ne', 'c')).toBe('c\nd\n\na\nb\n\ne');
    expect(swap('a\nb\n\nc\nd\n\ne', 'e')).toBeNull();
  });

  it('are found in a line with thousands of spaces, too', () => {
    const wide = `A${' '.repeat(50_000)}b`;
    expect(swappedExamples(`${wide}\nQ: one\nA: two\n\nQ: three\nA: four`, wide.length + 20)?.text).toBe(
      'Q: three\nA: four\n\nQ: one\nA: two',
    );
  });

  it('are not text with colons and links', () => {
    expect(swap('See http://a.b\nSee http://c.d', 'c.d')).toBeNull();
    expect(swap('One paragraph.\n\nAnother: paragraph.', 'Another')).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { masked } from '../../../../src/core/text/mask.js';

function mask(text: string, part = text): string | null {
  const start = text.indexOf(part);
  return masked(text, { start, end: start + part.length });
}

describe('a text without its names and numbers', () => {
  it.each([
    ['I met Anna Smith in Paris.', 'I met NAME1 in NAME2.'],
    ['Yesterday Anna paid 5 euros.', 'NAME paid NUMBER euros.'],
    ['Suggestion: Quiche Lorraine', 'Suggestion: NAME'],
    ['Taste Likes: cheese', null],
    ['The dish is good.', null],
    ['Review: The dish is good.', null],
    ['It was Anna. Anna left.', 'It was NAME. NAME left.'],
    ['We saw Anna Smith; then Smith left.', 'We saw NAME; then NAME left.'],
    ["We read Anna's letter to O’Brien.", "We read NAME1's letter to NAME2."],
    ['By Vincent van Gogh', 'By NAME'],
    ['Ask Dr. Watson, not Mr. Holmes.', 'Ask Dr. NAME1, not Mr. NAME2.'],
    ['NEVER use it. DO NOT ask NASA.', null],
    ['So I think I’m right.', null],
    ['— “Завтра, если Анна придёт, ждём Ивана”', '— “Завтра, если NAME1 придёт, ждём NAME2”'],
    ['Das sah Élodie Müller.', 'Das sah NAME.'],
    ['We saw 𝒜𝓃𝓃𝒶 😀 and Bob😀.', 'We saw NAME1 😀 and NAME2😀.'],
  ])('%s', (text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it.each([
    ['$5,000 or 5 % at 10:30', '$NUMBER1 or NUMBER2 % at NUMBER3'],
    ['7 and 7 again', 'NUMBER and NUMBER again'],
    ['1. two\n2. two 3', '1. two\n2. two NUMBER'],
    ['a4 paper, the 3rd of 13th, 5kg', 'a4 paper, the 3rd of 13th, NUMBERkg'],
    ['第3章は５人。', '第NUMBER1章はNUMBER2人。'],
    ['٣٫٥ كيلو', 'NUMBER كيلو'],
    ['יש לי 12 ילדים', 'יש לי NUMBER ילדים'],
    ['on 2024-05-01', 'on NUMBER1-NUMBER2-NUMBER3'],
  ])('%s', (text, expected) => {
    expect(mask(text)).toBe(expected);
  });

  it('is only the part, and knows what is before it', () => {
    expect(mask('Here Anna met Bob.', 'Bob.')).toBe('NAME.');
    expect(mask('Here Anna met Bob. Carl', 'Carl')).toBeNull();
    expect(mask('We saw Anna Smith.', 'Smith.')).toBe('NAME.');
    expect(mask('A line with Anna.\r\nBob knows Anna.', 'Bob knows Anna.')).toBe('Bob knows NAME.');
  });
});

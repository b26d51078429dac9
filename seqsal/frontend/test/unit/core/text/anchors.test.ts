import { describe, expect, it } from 'vitest';
import { piecesBetween } from '../../../../src/core/text/anchors.js';
import { changesBetween } from '../../../../src/core/text/changes.js';

/** Lines of words in a fixed pseudorandom order. */
function lines(count: number, words: number): string[] {
  let state = 7;
  const random = (n: number): number => ((state = Math.imul(state, 48271) >>> 1) >>> 8) % n;
  const word = (): string => `word${String(random(500))}`;
  return Array.from({ length: count }, () => Array.from({ length: words }, word).join(' ') + '\n');
}

/** The added and removed texts. */
function changed(before: string, after: string): [string[], string[]] {
  const [own, others] = [before, after].map((text) => ({ text, promptLength: text.length }));
  const found = own && others && changesBetween(own, others);
  if (!found) throw new Error('The texts have too little in common.');
  for (const match of found.matches) {
    const [from, to] = [match.before, match.after];
    expect(before.slice(from, from + match.length)).toBe(after.slice(to, to + match.length));
  }
  return [
    found.before.map((x) => before.slice(x.start, x.end).trim()),
    found.after.map((x) => after.slice(x.start, x.end).trim()),
  ];
}

describe('texts of 30,000 words with thousands of changes', () => {
  it('are the pieces between the words that both have once', () => {
    const [before, after] = ['Old. One two three four. The end.', 'One two three four! The end of it.'];
    const pieces = piecesBetween(before, after);
    expect(pieces.map((piece) => piece.before).join('')).toBe(before);
    expect(pieces.map((piece) => piece.after).join('')).toBe(after);
    expect(piecesBetween('Old. One two three four five.', 'One two three four five.')).toEqual([
      { before: 'Old. ', after: '' },
      { before: 'One two three four five.', after: 'One two three four five.' },
    ]);
  });

  it('are marked word by word where each line has a change', () => {
    const before = lines(1500, 20);
    const after = before.map((line) => line.replace(/ \w+/, ' CHANGED thing'));
    const [removed, added] = changed(before.join(''), after.join(''));
    expect(added).toEqual(Array(1500).fill('CHANGED thing'));
    expect(removed).toEqual(before.map((line) => line.split(' ')[1]));
  });

  it('are marked word by word where one line has all of them', () => {
    const words = lines(1, 30_000)[0]?.trim().split(' ') ?? [];
    const next = words.map((word, i) => (i % 12 === 5 ? 'CHANGED' : word));
    const [removed, added] = changed(words.join(' '), next.join(' '));
    expect(added).toEqual(Array(2500).fill('CHANGED'));
    expect(removed).toHaveLength(2500);
  });

  it('are marked in scripts without spaces', () => {
    const characters = Array.from({ length: 9_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * i * 31 + i) % 9973)));
    const next = characters.map((character, i) => (i % 12 === 5 ? '改' : character));
    const [removed, added] = changed(characters.join(''), next.join(''));
    expect(added).toEqual(Array(750).fill('改'));
    expect(removed).toEqual(characters.filter((_, i) => i % 12 === 5));
  });
});

import { describe, expect, it } from 'vitest';
import { layTokens } from '../../../../src/core/text/tokens.js';

function pieces(tokens: string[], special: boolean[], prompt: string, target: string): string[] {
  const laid = layTokens(tokens, special, prompt, target);
  return laid.offsets.map(({ start, end }) => laid.text.slice(start, end));
}

describe('exact slices', () => {
  it('are laid one after the other, special tokens between them taking no room', () => {
    expect(pieces(['<s>', 'Hi', '😀', '', ' you'], [true], 'Hi😀', ' you')).toEqual(['', 'Hi', '😀', '', ' you']);
  });

  it('count as text where the model does not say what is special', () => {
    expect(layTokens(['a', 'b'], [], 'a', 'b').special).toEqual([false, false]);
  });

  it('tell a special token from the same text in the prompt', () => {
    expect(pieces(['<s>', '<s>', 'a'], [true, false, false], '<s>a', '')).toEqual(['', '<s>', 'a']);
  });
});

describe("a vocabulary's own spelling", () => {
  it('is aligned: SentencePiece', () => {
    expect(pieces(['<bos>', '▁The', '▁cap', 'ital', '\n', 'is'], [], 'The capital\n', 'is')).toEqual([
      '',
      'The',
      ' cap',
      'ital',
      '\n',
      'is',
    ]);
  });

  it('has control tokens that are no text, unless the text has them', () => {
    expect(layTokens(['<bos>', '▁Hi', '<0x0A>', '</s>'], [], 'Hi\n', '').special).toEqual([true, false, false, true]);
    expect(layTokens(['<b>', '▁Hi'], [], '<b> Hi', '').special).toEqual([false, false]);
  });

  it('is aligned: byte-level', () => {
    expect(pieces(['A', 'Ġb', 'Ċ', 'c'], [], 'A b\nc', '')).toEqual(['A', ' b', '\n', 'c']);
  });

  it('loses no text, though a token is found nowhere', () => {
    expect(pieces(['A', 'Ã©', 'b', 'â'], [], 'Aéb–', '').join('')).toBe('Aéb–');
  });

  it('is aligned where the vocabulary has no capitals, and keeps only words', () => {
    expect(pieces(['<s>', '▁fish', '▁and', '▁cheese'], [], 'Fish  AND\n', '\tCheese ')).toEqual([
      '',
      'Fish',
      '  AND\n',
      '\tCheese ',
    ]);
  });

  it('is aligned with the nearest, not with a later one in the same case', () => {
    expect(pieces(['▁soup', '▁with', '▁soup'], [], 'Soup', ' with soup')).toEqual(['Soup', ' with', ' soup']);
  });

  it('leaves the prompt what stands before the target, though no token is it', () => {
    expect(pieces(['A', '??', 'c'], [], 'Aé\n', ' c')).toEqual(['Aé\n', '', ' c']);
    expect(pieces(['??', 'c'], [], 'é', 'c').join('')).toBe('éc');
  });

  it('says that it is matched, which exact slices are not', () => {
    expect(layTokens(['A', 'Ġb'], [], 'A b', '').matched).toBe(true);
    expect(layTokens(['A', ' b'], [], 'A b', '').matched).toBe(false);
  });
});

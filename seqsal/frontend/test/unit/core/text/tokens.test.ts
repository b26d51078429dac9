import { describe, expect, it } from 'vitest';
import { alignTokens } from '../../../../src/core/text/tokens.js';

function pieces(tokens: string[], special: boolean[], prompt: string, target: string): string[] {
  const aligned = alignTokens(tokens, special, prompt, target);
  return aligned.offsets.map(({ start, end }) => aligned.text.slice(start, end));
}

describe('exact slices', () => {
  it('are aligned in order, with empty spans for special tokens', () => {
    expect(pieces(['<s>', 'Hi', '😀', '', ' you'], [true], 'Hi😀', ' you')).toEqual(['', 'Hi', '😀', '', ' you']);
  });

  it('count as text if the model does not mark special tokens', () => {
    expect(alignTokens(['a', 'b'], [], 'a', 'b').special).toEqual([false, false]);
  });

  it('distinguish a special token from the same text in the prompt', () => {
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

  it('has control tokens outside the text, unless the text contains them', () => {
    expect(alignTokens(['<bos>', '▁Hi', '<0x0A>', '</s>'], [], 'Hi\n', '').special).toEqual([true, false, false, true]);
    expect(alignTokens(['<b>', '▁Hi'], [], '<b> Hi', '').special).toEqual([false, false]);
  });

  it('is aligned: byte-level', () => {
    expect(pieces(['A', 'Ġb', 'Ċ', 'c'], [], 'A b\nc', '')).toEqual(['A', ' b', '\n', 'c']);
  });

  it('loses no text if a token is not found', () => {
    expect(pieces(['A', 'Ã©', 'b', 'â'], [], 'Aéb–', '').join('')).toBe('Aéb–');
  });

  it('is aligned if the vocabulary has no capitals and only words', () => {
    expect(pieces(['<s>', '▁fish', '▁and', '▁cheese'], [], 'Fish  AND\n', '\tCheese ')).toEqual([
      '',
      'Fish',
      '  AND\n',
      '\tCheese ',
    ]);
  });

  it('is aligned with the nearest match, not a later one in the same case', () => {
    expect(pieces(['▁soup', '▁with', '▁soup'], [], 'Soup', ' with soup')).toEqual(['Soup', ' with', ' soup']);
  });

  it('assigns text before the target to the prompt, even without a token', () => {
    expect(pieces(['A', '??', 'c'], [], 'Aé\n', ' c')).toEqual(['Aé\n', '', ' c']);
    expect(pieces(['??', 'c'], [], 'é', 'c').join('')).toBe('éc');
  });

  it('is marked as matched, unlike exact slices', () => {
    expect(alignTokens(['A', 'Ġb'], [], 'A b', '').matched).toBe(true);
    expect(alignTokens(['A', ' b'], [], 'A b', '').matched).toBe(false);
  });
});

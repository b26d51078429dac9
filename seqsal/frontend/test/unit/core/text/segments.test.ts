import { describe, expect, it, test } from 'vitest';
import { UNITS } from '../../../../src/core/text/boundaries.js';
import { segmentTokens, selectableSpan } from '../../../../src/core/text/segments.js';
import { by, characters, cut, cutBy, tokenized } from '../../../helpers/texts.js';

test('an empty text has no segments', () => {
  expect(cut('', 'words')).toEqual([]);
  expect(cut('', 'sentences')).toEqual([]);
});

describe('a custom pattern', () => {
  test('ends a segment after each match', () => {
    expect(cutBy('a;b;;c', ';+', 'ends')).toEqual(['a;', 'b;;', 'c']);
  });
  test('starts a segment at each match', () => {
    expect(cutBy('Q: a\nA: b\nQ: c', '^Q:', 'starts')).toEqual(['Q: a\nA: b\n', 'Q: c']);
  });
  test('can match the empty string without an endless loop', () => {
    expect(cutBy('ab', 'x*', 'ends')).toEqual(['a', 'b']);
  });
});

describe('tokens', () => {
  it('are single segments, white space too', () => {
    expect(cut(tokenized(['a', '\n\n', ' ', 'b']), 'tokens')).toEqual(['a', '\n\n', ' ', 'b']);
  });

  it('that share a character are one segment', () => {
    const emoji = tokenized(['I ', '😀', '', '', '!']);
    const segments = segmentTokens(emoji, by('tokens'));
    expect(segments.map(({ text, tokens }) => [text, tokens.start, tokens.end])).toEqual([
      ['I ', 0, 1],
      ['😀', 1, 4],
      ['!', 4, 5],
    ]);
  });

  it('that end a character stay with its first token, also at the end of a segment', () => {
    const segments = segmentTokens(tokenized(['好', '。', '', '', '你']), by('sentences'));
    expect(segments.map(({ tokens }) => [tokens.start, tokens.end])).toEqual([
      [0, 4],
      [4, 5],
    ]);
  });

  it('belong to the sentence of their first visible character', () => {
    // "." ends the sentence, "\nB" begins the next, and ".\n\nC" holds the end of one and the start of another.
    const given = tokenized(['A', '.', '\nB', '.\n\nC', ' d']);
    expect(cut(given, 'sentences')).toEqual(['A.', '\nB.\n\nC', ' d']);
  });
});

describe('special tokens', () => {
  const chat = tokenized(['<s>', '[INST]', 'Hi', ' you', '[END]', ' Well', '.', '</s>'], 'Hi you');

  it('are single segments at every granularity, outside the text', () => {
    const segments = segmentTokens(chat, by('paragraphs'));
    expect(segments.map(({ text, special }) => [text, special])).toEqual([
      ['<s>', true],
      ['[INST]', true],
      ['Hi you', false],
      ['[END]', true],
      [' Well.', false],
      ['</s>', true],
    ]);
    expect(segments.filter(({ special }) => special).every(({ chars }) => chars.start === chars.end)).toBe(true);
  });

  it('cannot be selected', () => {
    expect(segmentTokens(chat, by('words')).map(selectableSpan)).toEqual([
      null,
      null,
      { start: 2, end: 3 },
      { start: 3, end: 4 },
      null,
      { start: 5, end: 7 },
      null,
    ]);
  });
});

describe('prompt and target', () => {
  it('never share a segment, even within a sentence', () => {
    const given = tokenized(['The', ' capital', ' is', ' Paris', '.'], 'The capital is');
    const segments = segmentTokens(given, by('sentences'));
    expect(segments.map(({ text, region }) => [text, region])).toEqual([
      ['The capital is', 'prompt'],
      [' Paris.', 'target'],
    ]);
  });

  it('keep their white space', () => {
    const given = tokenized(['A', '\n', '\n', ' B'], 'A\n');
    expect(segmentTokens(given, by('words')).map(({ text, region }) => [text, region])).toEqual([
      ['A\n', 'prompt'],
      ['\n B', 'target'],
    ]);
  });
});

describe('every granularity', () => {
  const text = 'A b.\n\n  C “d” 世界。\r\n- e😀 (3.5)\n';
  test.each(UNITS)('%s covers each token once and loses no character', (unit) => {
    const given = characters(text);
    const segments = segmentTokens(given, by(unit));
    expect(segments.map((segment) => segment.text).join('')).toBe(text);
    expect(segments[0]?.tokens.start).toBe(0);
    expect(segments.at(-1)?.tokens.end).toBe(given.tokens.length);
    segments.slice(1).forEach((segment, i) => {
      expect(segment.tokens.start).toBe(segments[i]?.tokens.end);
    });
  });
});

describe('a selection of tokens', () => {
  const given = tokenized(['A', ' b', '.', ' C', ' d', '.']);

  it('never has the first token of the sequence', () => {
    const [first, second] = segmentTokens(given, by('tokens'));
    expect(first && selectableSpan(first)).toBeNull();
    expect(second && selectableSpan(second)).toEqual({ start: 1, end: 2 });
    const [sentence] = segmentTokens(given, by('sentences'));
    expect(sentence && selectableSpan(sentence)).toEqual({ start: 1, end: 3 });
  });
});

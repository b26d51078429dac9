import { describe, expect, it, test } from 'vitest';
import { UNITS } from '../../src/core/boundaries.js';
import { segmentTokens, selectableSpan } from '../../src/core/segments.js';
import { by, characters, cut, cutBy, tokenized } from './texts.js';

describe('words', () => {
  test.each<[string, string, string[]]>([
    ['spaces go with the word after', 'one two  three', ['one', ' two', '  three']],
    ['a newline goes with the word before', 'one\ntwo', ['one\n', 'two']],
    ['indentation goes with the word after', 'a:\n    return', ['a:\n', '    return']],
    ['punctuation goes with its word', 'Yes, (no) “so”!', ['Yes,', ' (no)', ' “so”!']],
    ['decimals', 'Mix 3.5 g', ['Mix', ' 3.5', ' g']],
    ['abbreviations', 'nuts, e.g. salt', ['nuts,', ' e.g.', ' salt']],
    ['joined words', "well-known don't R&D", ['well-known', " don't", ' R&D']],
    ['an address', 'see https://a.org/b?c=d-e. Ok', ['see', ' https://a.org/b?c=d-e.', ' Ok']],
    ['an address in brackets', '(https://a.org) x', ['(https://a.org)', ' x']],
    ['code', 'def f(x):\n  return x+1', ['def', ' f', '(x):\n', '  return', ' x+', '1']],
    ['markdown list', '- one\n- **two**\n', ['-', ' one\n', '-', ' **two**\n']],
    ['Chinese', '世界你好。', ['世界', '你好。']],
    ['Japanese', '日本語の文です。', ['日本語', 'の', '文', 'です。']],
    ['Japanese brackets', 'は「日本」だ', ['は', '「日本」', 'だ']],
    ['Arabic', 'مرحبا بالعالم، نعم؟', ['مرحبا', ' بالعالم،', ' نعم؟']],
    ['Thai', 'ภาษาไทย', ['ภาษา', 'ไทย']],
    ['emoji', 'Hi😀👩‍👩‍👧 ok', ['Hi', '😀', '👩‍👩‍👧', ' ok']],
    ['empty', '', []],
    ['one letter', 'a', ['a']],
    ['white space alone', ' \n ', [' \n ']],
  ])('%s', (_, text, expected) => {
    expect(cut(text, 'words')).toEqual(expected);
  });
});

describe('sentences', () => {
  test.each<[string, string, string[]]>([
    ['a full stop', 'One. Two! Three?', ['One. ', 'Two! ', 'Three?']],
    ['a line break always ends one', 'No stop\nhere either\n', ['No stop\n', 'here either\n']],
    ['a blank line goes with the sentence before', 'One\n\nTwo', ['One\n\n', 'Two']],
    ['Windows line breaks', 'One\r\nTwo', ['One\r\n', 'Two']],
    ['decimals', 'Add 3.5 g. Stir.', ['Add 3.5 g. ', 'Stir.']],
    ['abbreviations', 'Ask Dr. Who, e.g. Tuesday. Go.', ['Ask Dr. Who, e.g. Tuesday. ', 'Go.']],
    ['No. is a sentence', 'No. That is wrong.', ['No. ', 'That is wrong.']],
    ['an address', 'See https://a.b/c?d=e. Then go.', ['See https://a.b/c?d=e. ', 'Then go.']],
    ['markdown list', '1. One thing.\n2. Two. Three.\n', ['1. One thing.\n', '2. Two. ', 'Three.\n']],
    ['code', 'x = a.b\ny = 2\n', ['x = a.b\n', 'y = 2\n']],
    ['Chinese', '世界你好。今天！', ['世界你好。', '今天！']],
    ['Japanese', 'これは文です。二つ目？はい。', ['これは文です。', '二つ目？', 'はい。']],
    ['Arabic', 'هل هذا نص؟ نعم.', ['هل هذا نص؟ ', 'نعم.']],
    ['Thai has no stops', 'ภาษาไทย ไม่มีจุด\nบรรทัด', ['ภาษาไทย ไม่มีจุด\n', 'บรรทัด']],
    ['emoji', 'Fine! 😀 Next one.', ['Fine! ', '😀 Next one.']],
    ['empty', '', []],
  ])('%s', (_, text, expected) => {
    expect(cut(text, 'sentences')).toEqual(expected);
  });
});

describe('lines and paragraphs', () => {
  test('a line takes the blank lines after it', () => {
    expect(cut('a\nb\n\n\nc', 'lines')).toEqual(['a\n', 'b\n\n\n', 'c']);
  });
  test('blank lines at the start go with the first line', () => {
    expect(cut('\n\na\nb', 'lines')).toEqual(['\n\na\n', 'b']);
  });
  test('a paragraph ends at a blank line, also one with spaces in it', () => {
    expect(cut('a\nb\n \t\nc\n\n\nd', 'paragraphs')).toEqual(['a\nb\n \t\n', 'c\n\n\n', 'd']);
  });
});

describe('a custom pattern', () => {
  test('ends a segment after each match', () => {
    expect(cutBy('a;b;;c', ';+', 'ends')).toEqual(['a;', 'b;;', 'c']);
  });
  test('starts a segment at each match', () => {
    expect(cutBy('Q: a\nA: b\nQ: c', '^Q:', 'starts')).toEqual(['Q: a\nA: b\n', 'Q: c']);
  });
  test('may match nothing at all without end', () => {
    expect(cutBy('ab', 'x*', 'ends')).toEqual(['a', 'b']);
  });
});

describe('tokens', () => {
  it('are segments of their own, white space too', () => {
    expect(cut(tokenized(['a', '\n\n', ' ', 'b']), 'tokens')).toEqual(['a', '\n\n', ' ', 'b']);
  });

  it('that share one character are one', () => {
    const emoji = tokenized(['I ', '😀', '', '', '!']);
    const segments = segmentTokens(emoji, by('tokens'));
    expect(segments.map(({ text, tokens }) => [text, tokens.start, tokens.end])).toEqual([
      ['I ', 0, 1],
      ['😀', 1, 4],
      ['!', 4, 5],
    ]);
  });

  it('that end a character go with its first token, also where a segment ends with it', () => {
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

  it('are segments of their own at every granularity, and have no place in the text', () => {
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

  it('keep white space on their own side', () => {
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

  it('never holds the first token, which nothing comes before', () => {
    const [first, second] = segmentTokens(given, by('tokens'));
    expect(first && selectableSpan(first)).toBeNull();
    expect(second && selectableSpan(second)).toEqual({ start: 1, end: 2 });
    const [sentence] = segmentTokens(given, by('sentences'));
    expect(sentence && selectableSpan(sentence)).toEqual({ start: 1, end: 3 });
  });
});

import { describe, expect, it } from 'vitest';
import { entryOf } from '../../../../src/core/state/draft.js';
import { spansAhead } from '../../../../src/core/state/prefetch.js';
import { promptWithout } from '../../../../src/core/text/messages.js';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import type { Segment } from '../../../../src/core/text/segment.js';
import { blockAt, precedes, readMarks, readRanges, writtenThinking } from '../../../../src/core/text/thinking.js';
import { alignTokens } from '../../../../src/core/text/tokens.js';
import type { TokenizedText } from '../../../../src/core/text/tokens.js';
import { by, byPattern } from '../../../helpers/texts.js';

const TOKENS = [
  '<s>',
  'Who',
  ' came',
  '?',
  '<think>',
  ' Hm',
  '.',
  ' Ann',
  '</think>',
  '\n\n',
  'So',
  ' Ann',
  ' came',
  '.',
];
const TARGET = TOKENS.slice(4).join('');

function aligned(tokens = TOKENS, thinking = [{ start: 4, end: 10 }]): TokenizedText {
  return alignTokens(tokens, [true], 'Who came?', TARGET, [], [], { thinking });
}

function texts(segments: readonly Segment[]): string[] {
  return segments.filter(({ special }) => !special).map(({ text }) => text);
}

describe('a block of thinking', () => {
  it('is a segment of its own by messages, and cut as a text of its own by sentences', () => {
    expect(texts(segmentTokens(aligned(), by('messages')))).toEqual([
      'Who came?',
      '<think> Hm. Ann</think>\n\n',
      'So Ann came.',
    ]);
    expect(texts(segmentTokens(aligned(), by('sentences')))).toEqual([
      'Who came?',
      '<think> Hm.',
      ' Ann</think>\n\n',
      'So Ann came.',
    ]);
  });

  it('shares no segment with the text around it, also by a pattern', () => {
    const text = `Who came?${TARGET}`;
    const segments = segmentTokens(aligned(), byPattern(text, 'never', 'ends'));
    expect(texts(segments)).toEqual(['Who came?', '<think> Hm. Ann</think>\n\n', 'So Ann came.']);
    expect(segments.map(({ thinking }) => thinking)).toEqual([false, false, true, false]);
  });

  it('without white space between it and the answer is cut between their tokens', () => {
    const tokens = ['<s>', 'Who came?', '<t>', 'Hm', '</t>', ' So.'];
    const joined = alignTokens(tokens, [true], 'Who came?', '<t>Hm</t> So.', [], [], {
      thinking: [{ start: 2, end: 5 }],
    });
    expect(texts(segmentTokens(joined, by('lines')))).toEqual(['Who came?', '<t>Hm</t>', ' So.']);
  });

  it('may be all of the answer, or one of several', () => {
    const all = aligned(TOKENS, [{ start: 4, end: 14 }]);
    expect(texts(segmentTokens(all, by('messages')))).toEqual(['Who came?', TARGET]);
    const several = aligned(TOKENS, [
      { start: 4, end: 7 },
      { start: 8, end: 10 },
    ]);
    expect(texts(segmentTokens(several, by('messages'))).slice(1)).toEqual([
      '<think> Hm.',
      ' Ann',
      '</think>\n\n',
      'So Ann came.',
    ]);
  });
});

describe('the answer after its thinking', () => {
  it('gets the focus of the keyboard, and is prefetched first', () => {
    const segments = segmentTokens(aligned(), by('sentences'));
    expect(segments[entryOf(segments, new Uint8Array(segments.length))]?.text).toBe('So Ann came.');
    expect(spansAhead(aligned(), by('sentences'), 1)[0]).toEqual({ start: 10, end: 14 });
    expect(spansAhead(aligned(), by('sentences'), 1)).toHaveLength(3);
  });
});

describe('ranges', () => {
  it('are read as far as they are ranges', () => {
    expect(readRanges([[1, 3], [3, 3], ['1', 2], 7, null, [5, 9]])).toEqual([
      { start: 1, end: 3 },
      { start: 5, end: 9 },
    ]);
    expect(readRanges(undefined)).toEqual([]);
  });

  it('say which block a token is in, and whether one is before a selection', () => {
    const thinking = [
      { start: 2, end: 4 },
      { start: 6, end: 9 },
    ];
    expect([1, 2, 3, 4, 8].map((token) => blockAt(thinking, token))).toEqual([-1, 0, 0, -1, 1]);
    expect(precedes(thinking, [{ start: 4, end: 5 }])).toBe(true);
    expect(precedes(thinking, [{ start: 3, end: 5 }])).toBe(false);
    expect(precedes([], [{ start: 3, end: 5 }])).toBe(false);
  });
});

describe('an answer in progress', () => {
  const marks = readMarks([['[T]', '[/T]'], ['<t>', '</t>'], ['<t>'], 7]);

  it('is divided where its thinking ends', () => {
    expect(marks).toEqual([
      { open: '[T]', close: '[/T]' },
      { open: '<t>', close: '</t>' },
    ]);
    expect(writtenThinking('\n<t>Hm', marks)).toEqual({ thinking: '\n<t>Hm', answer: '' });
    expect(writtenThinking('<t>Hm</t>\n\nAnn <t>', marks)).toEqual({ thinking: '<t>Hm</t>', answer: 'Ann <t>' });
    expect(writtenThinking('[T]Hm[/T]', marks)).toEqual({ thinking: '[T]Hm[/T]', answer: '' });
  });

  it('has thinking that the prompt opened once it is closed', () => {
    expect(writtenThinking('Hm', marks)).toBeNull();
    expect(writtenThinking('Hm</t>Ann', marks)).toEqual({ thinking: 'Hm</t>', answer: 'Ann' });
    expect(writtenThinking('Ann <t>Hm</t>', marks)).toBeNull();
    expect(writtenThinking('<t>Hm', [])).toBeNull();
  });

  it('has it from the first piece on if the host says which mark the prompt opened', () => {
    expect(writtenThinking('H', marks, '<t>')).toEqual({ thinking: 'H', answer: '' });
    expect(writtenThinking('Hm[/T]</t>Ann', marks, '<t>')).toEqual({ thinking: 'Hm[/T]</t>', answer: 'Ann' });
    expect(writtenThinking('', marks, '<t>')).toBeNull();
  });
});

it('a segment is removed where it is in the messages, also after text that is not read', () => {
  const prompt = 'user:\nWho?\n\nassistant:\n<t>Hm</t>Ann. It was she.\n\nuser:\nWhy so?';
  const tokens = ['Who?', 'Ann.', ' It', ' was', ' she.', 'Why', ' so?'];
  const messages = [
    { role: 'user', tokens: { start: 0, end: 1 } },
    { role: 'assistant', tokens: { start: 1, end: 5 } },
    { role: 'user', tokens: { start: 5, end: 7 } },
  ] as const;
  const omitted = [{ start: 4, end: 13 }];
  const text = alignTokens(tokens, [], prompt, '', [], messages, { omitted });
  const segments = segmentTokens(text, by('sentences'));
  const without = (i: number): string => promptWithout(prompt, segments.slice(i, i + 1), true, omitted);
  expect(texts(segments)).toEqual(['Who?', 'Ann.', ' It was she.', 'Why so?']);
  expect(without(0)).toBe('assistant:\n<t>Hm</t>Ann. It was she.\n\nuser:\nWhy so?');
  expect(without(1)).toBe('user:\nWho?\n\nassistant:\n<t>Hm</t> It was she.\n\nuser:\nWhy so?');
  expect(without(3)).toBe('user:\nWho?\n\nassistant:\n<t>Hm</t>Ann. It was she.');
});

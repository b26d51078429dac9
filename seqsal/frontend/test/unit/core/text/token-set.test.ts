import { describe, expect, it, test } from 'vitest';
import { segmentTokens } from '../../../../src/core/text/segments.js';
import {
  countOf,
  covers,
  keyOf,
  marksOf,
  parseKey,
  setsEqual,
  union,
  without,
} from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import { by, tokenized } from '../../../helpers/texts.js';

/** The tokens of a set one by one: the oracle that knows no ranges. */
function tokensIn(set: TokenSet | null): number[] {
  return (set ?? []).flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
}

/** All sets of the tokens 0 to 5, as ranges. */
const ALL = Array.from({ length: 63 }, (_, bits) => {
  let set: TokenSet = [];
  for (let i = 0; i < 6; i++) if ((bits + 1) & (1 << i)) set = union(set, { start: i, end: i + 1 });
  return set;
});
const SPANS = Array.from({ length: 6 }, (_, start) =>
  Array.from({ length: 6 - start }, (_, more) => ({ start, end: start + more + 1 })),
).flat();

describe('sets of tokens, all of six tokens by all spans, against lists of single tokens', () => {
  it('are sorted, and neither overlap nor touch', () => {
    for (const set of ALL) {
      for (const [i, range] of set.entries()) {
        expect(range.start).toBeLessThan(range.end);
        expect(range.start).toBeGreaterThan(set[i - 1]?.end ?? -1);
      }
    }
    expect(new Set(ALL.map(keyOf)).size).toBe(63);
  });

  it('are joined, reduced and compared like sets of tokens', () => {
    for (const set of ALL) {
      const before = tokensIn(set);
      expect(countOf(set)).toBe(before.length);
      for (const span of SPANS) {
        const own = tokensIn([span]);
        expect(tokensIn(union(set, span))).toEqual([...new Set([...before, ...own])].sort((a, b) => a - b));
        const rest = before.filter((token) => !own.includes(token));
        expect(tokensIn(without(set, span))).toEqual(rest);
        expect(without(set, span) === null).toBe(rest.length === 0);
        expect(covers(set, span)).toBe(own.every((token) => before.includes(token)));
      }
    }
    expect(setsEqual(ALL[5] ?? null, ALL[5] ?? null)).toBe(true);
    expect(setsEqual(ALL[5] ?? null, ALL[6] ?? null)).toBe(false);
    expect(setsEqual(ALL[5] ?? null, null)).toBe(false);
    expect(setsEqual(null, null)).toBe(true);
  });

  it('are formatted and parsed', () => {
    for (const set of ALL) expect(parseKey(keyOf(set), 6)).toEqual(set);
  });
});

test.each(['', '3', '3-3', '4-3', '1-7', 'a-b', '1-2.', '1-2..4-5', '-1-2', '1-2;4-5'])(
  'nothing is read from %j',
  (text) => {
    expect(parseKey(text, 6)).toBeNull();
  },
);

it('parses ranges that touch as one', () => {
  expect(parseKey('3-5.1-3', 6)).toEqual([{ start: 1, end: 5 }]);
});

describe('the marks of segments', () => {
  // Tokens: 0 <s> | 1 A  2 b. | 3 C  4 d. | 5 </s> | 6 e  7 f.
  const given = tokenized(['<s>', 'A', ' b.', ' C', ' d.', '</s>', ' e', ' f.']);
  const segments = segmentTokens(given, by('sentences'));

  it.each([
    ['nothing', null, [0, 0, 0, 0, 0]],
    ['a segment', [{ start: 3, end: 5 }], [0, 0, 2, 0, 0]],
    ['parts on both sides of a special token', [{ start: 4, end: 7 }], [0, 0, 1, 0, 1]],
    [
      'with a gap',
      [
        { start: 1, end: 3 },
        { start: 6, end: 8 },
      ],
      [0, 2, 0, 0, 2],
    ],
    [
      'two parts of one segment',
      [
        { start: 6, end: 7 },
        { start: 7, end: 8 },
      ],
      [0, 0, 0, 0, 1],
    ],
  ])('%s', (_, set, marks) => {
    expect([...marksOf(segments, set)]).toEqual(marks);
  });

  it.each([
    ['sentences', [2, 1]],
    ['tokens', [0, 2, 2, 2, 0, 0]],
    ['words', [0, 2, 2, 0]],
  ] as const)('find a selection again at another granularity: %s', (unit, marks) => {
    const text = tokenized(['A', ' b', '.', ' C', ' d', '.']);
    expect([...marksOf(segmentTokens(text, by(unit)), [{ start: 1, end: 4 }])]).toEqual(marks);
  });

  it('are whole without the first token of the sequence', () => {
    const plain = segmentTokens(tokenized(['A', ' b.', ' C.']), by('sentences'));
    expect([...marksOf(plain, [{ start: 1, end: 2 }])]).toEqual([2, 0]);
  });
});

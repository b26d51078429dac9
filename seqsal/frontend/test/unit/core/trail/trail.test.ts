import { describe, expect, it } from 'vitest';
import { problemOf, verdictOf, wordCount } from '../../../../src/core/trail/answer-check.js';
import type { AnswerCheck } from '../../../../src/core/trail/answer-check.js';
import { summaryOf } from '../../../../src/core/trail/summary.js';
import { rootOf, treeOf } from '../../../../src/core/trail/tree.js';
import { findStarts } from '../../../helpers/hand-host.js';
import { PROMPT, VERSIONS, version } from '../../../helpers/versions.js';

describe('the tree of the versions of a prompt', () => {
  it('has each version after the one that it was made from, numbered in the order in which they were made', () => {
    const tries = treeOf(VERSIONS, 'd');
    expect(tries.map(({ version: { id }, number, depth }) => [id, number, depth])).toEqual([
      ['a', 1, 0],
      ['b', 2, 1],
      ['d', 4, 2],
      ['c', 3, 1],
    ]);
    expect(tries[2]?.parent?.id).toBe('b');
  });

  it('begins with a version whose parent is not there', () => {
    const orphan = version('o', 'deleted');
    expect(treeOf([...VERSIONS, orphan], 'o').map(({ version: { id } }) => id)).toEqual(['o']);
    expect(rootOf(VERSIONS, 'nobody')).toBeNull();
  });

  it('ends, even if versions were made from each other', () => {
    const circle = [version('p', 'q'), version('q', 'p')];
    expect(
      treeOf(circle, 'p')
        .map(({ version: { id } }) => id)
        .sort(),
    ).toEqual(['p', 'q']);
  });
});

describe('the summary of a change', () => {
  it.each([
    ['“quiche” → “soup”', PROMPT.replace('quiche', 'soup')],
    ['+ “Be brief.”', PROMPT.replace('Dish:', 'Be brief.\nDish:')],
    ['− “Judge a dish.”', PROMPT.replace('Judge a dish.\n', '')],
    ['moved “Judge a dish.”', 'Dish: quiche.\nJudge a dish.\nAnswer:'],
    ['“a” → “the” and 1 more', PROMPT.replace('quiche', 'soup').replace('a dish', 'the dish')],
    ['the same', PROMPT],
    ['another prompt', 'Something else entirely, with no word in common.'],
  ])('is %s', (expected, prompt) => {
    expect(summaryOf(version('a'), version('b', 'a', prompt))).toBe(expected);
  });

  it('leaves room for the new text if the old one is long', () => {
    const long = `${PROMPT}\nRecommend a dish that the guest does not like at all.`;
    const short = `${PROMPT}\nAvoid it.`;
    expect(summaryOf(version('a', null, long), version('b', 'a', short))).toBe('“Recommend a dis…” → “Avoid it”');
  });

  it('says that only the target is another', () => {
    expect(summaryOf(version('a'), version('b', 'a', PROMPT, 'Avoid.'))).toBe('another target');
  });
});

describe('a check of an answer', () => {
  const { signal } = new AbortController();
  const verdict = async (check: AnswerCheck, answer: string): Promise<string> =>
    (await verdictOf(check, answer, findStarts, signal)).is;

  it.each<[AnswerCheck, string, string]>([
    [{ kind: 'contains', text: 'avoid' }, 'Avoid it.', 'pass'],
    [{ kind: 'contains', text: 'avoid' }, 'Try it.', 'fail'],
    [{ kind: 'lacks', text: 'eggs' }, 'It has EGGS.', 'fail'],
    [{ kind: 'lacks', text: 'eggs' }, 'It has milk.', 'pass'],
    [{ kind: 'matches', text: '^Recommendation: (Avoid|Try)' }, 'Analysis.\nRecommendation: Avoid it.', 'pass'],
    [{ kind: 'matches', text: '^Recommendation: (Avoid|Try)' }, 'Recommendation: none', 'fail'],
    [{ kind: 'matches', text: '(' }, 'x', 'unknown'],
    [{ kind: 'words', text: '3' }, 'One, two, three.', 'pass'],
    [{ kind: 'words', text: '3' }, 'One two three four', 'fail'],
    [{ kind: 'words', text: '1' }, '', 'pass'],
  ])('%j of “%s” is %s', async (check, answer, expected) => {
    expect(await verdict(check, answer)).toBe(expected);
  });

  it('counts words of scripts without spaces', () => {
    expect(wordCount('今日は良い天気です')).toBeGreaterThan(2);
  });

  it.each<[AnswerCheck, RegExp]>([
    [{ kind: 'contains', text: ' ' }, /Type a text/],
    [{ kind: 'words', text: 'many' }, /whole number/],
    [{ kind: 'words', text: '0' }, /whole number/],
    [{ kind: 'matches', text: '[' }, /regular expression is invalid/],
    [{ kind: 'lacks', text: 'x'.repeat(2001) }, /At most 2000/],
  ])('%j cannot be used', (check, reason) => {
    expect(problemOf(check)).toMatch(reason);
  });

  it('is unknown, with the reason, if its expression does not end', async () => {
    const never = (): Promise<readonly number[]> => Promise.reject(new Error('takes too long'));
    expect(await verdictOf({ kind: 'matches', text: '(a+)+$' }, 'aaaa!', never, signal)).toEqual({
      is: 'unknown',
      reason: 'takes too long',
    });
  });
});

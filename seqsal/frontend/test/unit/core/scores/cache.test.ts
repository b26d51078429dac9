import { describe, expect, it } from 'vitest';
import { ScoreCache } from '../../../../src/core/scores/cache.js';
import type { Subject } from '../../../../src/core/scores/cache.js';
import { maskOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import { tokenized } from '../../../helpers/texts.js';

const scores = (length: number): { a: number[]; b: number[] } => ({
  a: Array<number>(length).fill(1),
  b: Array<number>(length).fill(2),
});
const set = (start: number): Subject => alone([{ start, end: start + 1 }]);

function alone(selection: TokenSet): Subject {
  return { selection, versus: null, through: false };
}

/** Of the selections 0, 1, 2 ..., those that are there. */
function there(cache: ScoreCache): number[] {
  return [0, 1, 2, 3, 4].filter((i) => cache.get(set(i)) !== undefined);
}

describe('cached scores', () => {
  it('are found by their selection, including gaps', () => {
    const cache = new ScoreCache();
    const whole = alone([{ start: 1, end: 23 }]);
    cache.add(whole, { scores: scores(2) });
    expect(cache.get(whole)?.scores).toEqual(scores(2));
    expect(cache.get(alone([{ start: 12, end: 3 }]))).toBeUndefined();
    const gap = alone([
      { start: 1, end: 2 },
      { start: 22, end: 23 },
    ]);
    expect(cache.get(gap)).toBeUndefined();
    cache.add(gap, { scores: scores(3) });
    expect(cache.get(gap)?.scores).toEqual(scores(3));
    expect(Array.from(cache.entries, (each) => each.selection)).toEqual([whole.selection, gap.selection]);
  });

  it('with the thinking passed on are others, with the same checks', () => {
    const cache = new ScoreCache();
    const passed = { ...set(0), through: true };
    const [first, second] = [
      { start: 0, end: 2 },
      { start: 2, end: 3 },
    ];
    cache.add(set(0), { scores: scores(1) });
    cache.addEffect(set(0), [first, second], [second], 1.5);
    cache.add(passed, { scores: scores(2) });
    expect(cache.get(set(0))?.scores).toEqual(scores(1));
    expect(cache.get(passed)?.scores).toEqual(scores(2));
    cache.addEffect(passed, [first, second], [first], 0.5);
    for (const subject of [set(0), passed]) expect(cache.get(subject)?.checks).toMatchObject([{ effects: [0.5, 1.5] }]);
  });

  it('are found by what the selection is explained against, and keep its checks', () => {
    const cache = new ScoreCache();
    const [token, text] = [
      { text: ' b', token: 7 },
      { text: ' b', token: null },
    ];
    for (const [i, versus] of [null, token, text].entries()) cache.add({ ...set(0), versus }, { scores: scores(i) });
    expect([null, token, text].map((versus) => cache.get({ ...set(0), versus })?.scores)).toEqual(
      [0, 1, 2].map(scores),
    );
    const segments = [
      { start: 0, end: 2 },
      { start: 2, end: 3 },
    ];
    cache.addEffect({ ...set(0), versus: token }, segments, [{ start: 2, end: 3 }], 1.5);
    cache.add({ ...set(0), versus: token }, { scores: { c: [1] }, logprobs: [-1, -2] });
    expect(cache.get({ ...set(0), versus: token })).toEqual({
      ...set(0),
      versus: token,
      scores: { ...scores(1), c: [1] },
      segments: {},
      logprobs: [-1, -2],
      checks: [{ segments, effects: [null, 1.5], together: [] }],
    });
  });

  it('stay within the capacity: the oldest are evicted', () => {
    const cache = new ScoreCache(12);
    for (const i of [0, 1, 2]) cache.add(set(i), { scores: scores(2) });
    expect(there(cache)).toEqual([0, 1, 2]);
    cache.add(set(3), { scores: scores(3) });
    expect(there(cache)).toEqual([2, 3]);
  });

  it('count a selection once that is added twice', () => {
    const cache = new ScoreCache(12);
    for (const i of [0, 0, 0, 1, 2]) cache.add(set(i), { scores: scores(2) });
    expect(there(cache)).toEqual([0, 1, 2]);
  });

  it('keep the newest, even beyond the capacity', () => {
    const cache = new ScoreCache(12);
    cache.add(set(0), { scores: scores(2) });
    cache.add(set(1), { scores: scores(50) });
    expect(there(cache)).toEqual([1]);
  });
});

describe('the mask', () => {
  const given = tokenized(['<s>', 'A', ' b', '</s>', ' c', ' d'], 'A b');

  it('has the gaps of the selection, and excludes special tokens', () => {
    const gaps = [
      { start: 2, end: 5 },
      { start: 5, end: 6 },
    ];
    expect(maskOf(given, gaps)).toEqual([0, 0, 1, 0, 1, 1]);
    expect(maskOf(given, [gaps[0] ?? { start: 0, end: 0 }])).toEqual([0, 0, 1, 0, 1, 0]);
  });

  it('has one number for each token, for any selection', () => {
    expect(maskOf(given, [{ start: 4, end: 99 }])).toEqual([0, 0, 0, 0, 1, 1]);
  });
});

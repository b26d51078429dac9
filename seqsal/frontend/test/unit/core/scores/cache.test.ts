import { describe, expect, it } from 'vitest';
import { ScoreCache } from '../../../../src/core/scores/cache.js';
import { maskOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import { tokenized } from '../../../helpers/texts.js';

const scores = (length: number): { a: number[]; b: number[] } => ({
  a: Array<number>(length).fill(1),
  b: Array<number>(length).fill(2),
});
const set = (start: number): TokenSet => [{ start, end: start + 1 }];

/** Of the selections 0, 1, 2 ..., those that are there. */
function there(kept: ScoreCache): number[] {
  return [0, 1, 2, 3, 4].filter((i) => kept.get(set(i)) !== undefined);
}

describe('kept scores', () => {
  it('are found by their selection: both ends, and the gaps', () => {
    const kept = new ScoreCache();
    kept.add([{ start: 1, end: 23 }], scores(2));
    expect(kept.get([{ start: 1, end: 23 }])).toEqual(scores(2));
    expect(kept.get([{ start: 12, end: 3 }])).toBeUndefined();
    const gap = [
      { start: 1, end: 2 },
      { start: 22, end: 23 },
    ];
    expect(kept.get(gap)).toBeUndefined();
    kept.add(gap, scores(3));
    expect(kept.get(gap)).toEqual(scores(3));
    expect(Array.from(kept.entries, (each) => each.set)).toEqual([[{ start: 1, end: 23 }], gap]);
  });

  it('take no more room than they may: the oldest go, as many as it needs', () => {
    const kept = new ScoreCache(12);
    for (const i of [0, 1, 2]) kept.add(set(i), scores(2));
    expect(there(kept)).toEqual([0, 1, 2]);
    kept.add(set(3), scores(3));
    expect(there(kept)).toEqual([2, 3]);
  });

  it('count once what is kept twice', () => {
    const kept = new ScoreCache(12);
    for (const i of [0, 0, 0, 1, 2]) kept.add(set(i), scores(2));
    expect(there(kept)).toEqual([0, 1, 2]);
  });

  it('hold the newest, though it alone takes more', () => {
    const kept = new ScoreCache(12);
    kept.add(set(0), scores(2));
    kept.add(set(1), scores(50));
    expect(there(kept)).toEqual([1]);
  });
});

describe('the mask', () => {
  const given = tokenized(['<s>', 'A', ' b', '</s>', ' c', ' d'], 'A b');

  it('has the gaps of the selection, and leaves special tokens out', () => {
    const gaps = [
      { start: 2, end: 5 },
      { start: 5, end: 6 },
    ];
    expect(maskOf(given, gaps)).toEqual([0, 0, 1, 0, 1, 1]);
    expect(maskOf(given, [gaps[0] ?? { start: 0, end: 0 }])).toEqual([0, 0, 1, 0, 1, 0]);
  });

  it('has as many numbers as there are tokens, whatever is selected', () => {
    expect(maskOf(given, [{ start: 4, end: 99 }])).toEqual([0, 0, 0, 0, 1, 1]);
  });
});

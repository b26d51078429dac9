import { describe, expect, it } from 'vitest';
import { KeptScores } from '../../src/core/selections.js';

const scores = (length: number): { a: number[]; b: number[] } => ({
  a: Array<number>(length).fill(1),
  b: Array<number>(length).fill(2),
});
const span = (start: number): { start: number; end: number } => ({ start, end: start + 1 });

/** Of the selections 0, 1, 2 ..., those that are there. */
function there(kept: KeptScores): number[] {
  return [0, 1, 2, 3, 4].filter((i) => kept.get(span(i)) !== undefined);
}

describe('kept scores', () => {
  it('are found by their selection, both ends of it', () => {
    const kept = new KeptScores();
    kept.keep({ start: 1, end: 23 }, scores(2));
    expect(kept.get({ start: 1, end: 23 })).toEqual(scores(2));
    expect(kept.get({ start: 12, end: 3 })).toBeUndefined();
  });

  it('take no more room than they may: the oldest go, as many as it needs', () => {
    const kept = new KeptScores(12);
    for (const i of [0, 1, 2]) kept.keep(span(i), scores(2));
    expect(there(kept)).toEqual([0, 1, 2]);
    kept.keep(span(3), scores(3));
    expect(there(kept)).toEqual([2, 3]);
  });

  it('count once what is kept twice', () => {
    const kept = new KeptScores(12);
    for (const i of [0, 0, 0, 1, 2]) kept.keep(span(i), scores(2));
    expect(there(kept)).toEqual([0, 1, 2]);
  });

  it('hold the newest, though it alone takes more', () => {
    const kept = new KeptScores(12);
    kept.keep(span(0), scores(2));
    kept.keep(span(1), scores(50));
    expect(there(kept)).toEqual([1]);
  });
});

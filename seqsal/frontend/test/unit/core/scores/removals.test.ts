import { describe, expect, it } from 'vitest';
import { agreementOf } from '../../../../src/core/scores/agreement.js';
import { effectOf, effectScores, emptyCheck, removedCount, withEffect } from '../../../../src/core/scores/check.js';
import type { Check } from '../../../../src/core/scores/check.js';
import { MOST_AT_ONCE, planRemovals, removalsTogether } from '../../../../src/core/scores/removal-plan.js';
import { keyOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';
import type { Span } from '../../../../src/core/text/span.js';

/** Segments of two tokens each, one after the other from token 1. */
function segments(count: number): Span[] {
  return Array.from({ length: count }, (_, i) => ({ start: 1 + 2 * i, end: 3 + 2 * i }));
}

/** The check with the effect of each removal that is planned. */
function carryOut(check: Check, values: readonly number[], effect: (removed: TokenSet) => number): Check {
  return planRemovals(check, values).reduce((done, removed) => withEffect(done, removed, effect(removed)), check);
}

/** An effect that is the sum of those of single segments. */
function additive(singles: readonly number[]): (removed: TokenSet) => number {
  return (removed) =>
    singles.reduce((sum, effect, i) => {
      const inside = removed.some(({ start, end }) => start <= 1 + 2 * i && 3 + 2 * i <= end);
      return inside ? sum + effect : sum;
    }, 0);
}

function keys(sets: readonly TokenSet[]): string[] {
  return sets.map(keyOf);
}

describe('a check', () => {
  it('has the effects of single segments and of several together, and replaces repeated ones', () => {
    const empty = emptyCheck(segments(3));
    expect(removedCount(empty)).toBe(0);
    const one = withEffect(empty, [{ start: 3, end: 5 }], 2);
    const several = withEffect(withEffect(one, [{ start: 1, end: 5 }], 4), [{ start: 1, end: 5 }], 5);
    expect(several.effects).toEqual([null, 2, null]);
    expect(several.together).toEqual([{ removed: [{ start: 1, end: 5 }], effect: 5 }]);
    expect(effectOf(several, [{ start: 3, end: 5 }])).toBe(2);
    expect(effectOf(several, [{ start: 1, end: 5 }])).toBe(5);
    expect(effectOf(several, [{ start: 1, end: 3 }])).toBeNull();
    expect(removedCount(several)).toBe(1);
    expect(empty.effects).toEqual([null, null, null]);
  });

  it('gives token scores whose sum over a segment is its effect', () => {
    const check = withEffect(emptyCheck(segments(2)), [{ start: 3, end: 5 }], 3);
    expect(effectScores(check, 6)).toEqual([0, 0, 0, 1.5, 1.5, 0]);
  });
});

describe('the plan', () => {
  it('removes the strongest of the map first, whatever the sign, then several together', () => {
    const plan = keys(planRemovals(emptyCheck(segments(6)), [1, -5, 2, 0, 4, 3]));
    expect(plan.slice(0, 6)).toEqual(['3-5', '9-11', '11-13', '5-7', '1-3', '7-9']);
    // The strongest three that support the selection are segments 4, 5 and 2; the others are drawn from the rest.
    expect(plan[6]).toBe('5-7.9-13');
    expect(plan.slice(7)).toEqual(['1-5.7-9']); // Only three others are left to draw, which are also all the others.
  });

  it('draws as many others, the same at each time', () => {
    const values = Array.from({ length: 20 }, (_, i) => 20 - i);
    const together = removalsTogether(segments(20), values);
    expect(together?.indices).toEqual([0, 1, 2]);
    expect(keyOf(together?.strongest ?? [])).toBe('1-7');
    expect(keyOf(together?.others ?? [])).toBe('7-41');
    expect(together?.controls).toHaveLength(3);
    for (const control of together?.controls ?? []) {
      expect(control.reduce((count, { start, end }) => count + (end - start) / 2, 0)).toBe(3);
      expect(control.every(({ start }) => start >= 7)).toBe(true);
    }
    expect(removalsTogether(segments(20), values)).toEqual(together);
  });

  it('is bounded: the strongest 24, then 24 more at a time', () => {
    const values = Array.from({ length: 60 }, (_, i) => i);
    let check = carryOut(emptyCheck(segments(60)), values, () => 1);
    expect(removedCount(check)).toBe(MOST_AT_ONCE);
    expect(check.effects.slice(36).every((effect) => effect === 1)).toBe(true);
    expect(planRemovals(check, values)).toEqual([]);
    const more = planRemovals(check, values, { more: true });
    expect(more).toHaveLength(MOST_AT_ONCE);
    expect(more[0]).toEqual([segments(60)[35]]);
    for (const removed of more) check = withEffect(check, removed, 1);
    expect(planRemovals(check, values, { more: true })).toHaveLength(12);
  });

  it('holds only what is missing: after a stop, and for the map of another method', () => {
    const values = [5, 4, 3, 2, 1, 0];
    const whole = planRemovals(emptyCheck(segments(6)), values);
    const stopped = withEffect(emptyCheck(segments(6)), whole[0] ?? [], 1);
    expect(planRemovals(stopped, values)).toEqual(whole.slice(1));
    const done = carryOut(stopped, values, () => 1);
    // The strongest of the other map are the others of this one: their removal is known.
    expect(keys(planRemovals(done, [0, 1, 2, 3, 4, 5]))).toEqual([]);
    expect(keys(planRemovals(done, [0, 1, 5, 3, 4, 2]))).toEqual(['5-11', '1-5.11-13']);
  });

  it('of few segments removes fewer together, and of less than four none', () => {
    expect(planRemovals(emptyCheck(segments(3)), [1, 2, 3])).toHaveLength(3);
    expect(removalsTogether(segments(5), [1, 2, 3, 4, 5])?.indices).toEqual([4, 3]);
  });
});

describe('the agreement', () => {
  const values = [8, 7, 6, 5, 4, 3, 2, 1];

  it('is full if the order is the same', () => {
    const effects = [4, 3, 2, 1, 0.5, 0.4, 0.3, 0.2];
    const found = agreementOf(carryOut(emptyCheck(segments(8)), values, additive(effects)), values);
    expect(found).toMatchObject({
      correlation: 1,
      strongest: 0,
      rank: 1,
      first: null,
      verdict: 'agree',
      removed: 8,
      of: 8,
    });
    expect(found?.together).toMatchObject({ indices: [0, 1, 2], effect: 9, hidden: false });
    expect(found?.together?.kept).toBeCloseTo(2.4);
    expect(found?.together?.atRandom).toBeLessThan(2);
  });

  it('is missing if the segment that costs most is not among the strongest three of the map', () => {
    const effects = [2, 1.5, 1.2, 5, 0.4, 0.3, 0.2, 0.1];
    const found = agreementOf(carryOut(emptyCheck(segments(8)), values, additive(effects)), values);
    expect(found).toMatchObject({ strongest: 3, rank: 4, first: { index: 0, effect: 2 }, verdict: 'disagree' });
    expect(found?.correlation).toBeGreaterThan(0.3);
  });

  it('is missing if the map says that the segment that costs most speaks against the selection', () => {
    const signed = [9, -8, 2, 1.5, 1, 0.5, 0.4, 0.3];
    const found = agreementOf(carryOut(emptyCheck(segments(8)), signed, additive([2, 5, 1, 1, 1, 1, 1, 1])), signed);
    expect(found).toMatchObject({ strongest: 1, rank: 2, against: true, verdict: 'disagree' });
  });

  it('is missing below a rank correlation of 0.3, even if the strongest is the same', () => {
    const effects = [9, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
    const found = agreementOf(carryOut(emptyCheck(segments(8)), values, additive(effects)), values);
    expect(found).toMatchObject({ strongest: 0, rank: 1, verdict: 'disagree' });
    expect(found?.correlation).toBeLessThan(0.3);
  });

  it('is not judged if no removal has a noticeable effect', () => {
    const found = agreementOf(
      carryOut(emptyCheck(segments(8)), values, () => -0.05),
      values,
    );
    expect(found).toMatchObject({ verdict: 'flat', correlation: null });
  });

  it('has no correlation of fewer than five removals', () => {
    const check = withEffect(emptyCheck(segments(8)), [{ start: 1, end: 3 }], 1);
    expect(agreementOf(check, values)).toMatchObject({ correlation: null, verdict: 'agree', together: null });
    expect(agreementOf(emptyCheck(segments(8)), values)).toBeNull();
  });

  it('says when the strongest hide each other: together they cost far more than one by one', () => {
    const alone = additive([0.1, 0.2, 0.1, 0, 0, 0, 0, 0]);
    const effect = (removed: TokenSet): number => (keyOf(removed) === '1-7' ? 6 : alone(removed));
    const found = agreementOf(carryOut(emptyCheck(segments(8)), values, effect), values);
    expect(found?.together).toMatchObject({ effect: 6, hidden: true });
  });
});

import { describe, expect, it } from 'vitest';
import { emptyCheck, removedCount, withEffect } from '../../../../src/core/scores/check.js';
import type { Check } from '../../../../src/core/scores/check.js';
import { passageEffects, passagesOf } from '../../../../src/core/scores/passages.js';
import { MOST_AT_ONCE, countRemovals, planRemovals } from '../../../../src/core/scores/removal-plan.js';
import type { Segment } from '../../../../src/core/text/segment.js';
import { keyOf } from '../../../../src/core/text/token-set.js';
import type { TokenSet } from '../../../../src/core/text/token-set.js';

/** Sentences of two tokens each; the last one of each paragraph ends with a blank line. */
function paragraphs(...lengths: readonly number[]): Segment[] {
  const texts = lengths.flatMap((length) => [...new Array<string>(length - 1).fill('One. '), 'One.\n\n']);
  return texts.map((text, i) => ({
    tokens: { start: 1 + 2 * i, end: 3 + 2 * i },
    chars: { start: 0, end: 0 },
    text,
    region: 'prompt',
    special: false,
    thinking: false,
  }));
}

function all(segments: readonly Segment[]): number[] {
  return segments.map((_, i) => i);
}

function sizes(segments: readonly Segment[], indices: readonly number[] = all(segments)): number[] {
  return passagesOf(segments, indices).map(({ segments: places }) => places.length);
}

function checkOf(segments: readonly Segment[]): Check {
  return emptyCheck(segments.map(({ tokens }) => tokens));
}

/** Makes the removals of a plan; only the segment `cause` has an effect. */
function carryOut(check: Check, plan: readonly TokenSet[], cause: number): Check {
  return plan.reduce((done, removed) => {
    const inside = removed.some(({ start, end }) => start <= 1 + 2 * cause && 3 + 2 * cause <= end);
    return withEffect(done, removed, inside ? 3 : 0);
  }, check);
}

describe('the passages of a text', () => {
  it('are none if the text is short enough to remove every segment', () => {
    expect(sizes(paragraphs(12, 12))).toEqual([]);
    expect(sizes(paragraphs(12, 13))).not.toEqual([]);
  });

  it('are its paragraphs, short ones together and long ones in parts', () => {
    expect(sizes(paragraphs(4, 5, 4, 5, 4, 5))).toEqual([4, 5, 4, 5, 4, 5]);
    expect(sizes(paragraphs(2, 2, 1, 4, 4, 12))).toEqual([4, 5, 4, 4, 4, 4]);
    const long = passagesOf(paragraphs(60, 4, 4, 4), all(paragraphs(60, 4, 4, 4)));
    expect(long.flatMap(({ segments }) => segments)).toEqual(all(paragraphs(60, 4, 4, 4)));
    expect(long.every(({ segments }) => segments.length <= 9)).toBe(true);
    expect(long.some(({ segments }) => segments.includes(59) && segments.includes(60))).toBe(false);
    expect(long.length).toBeLessThan(16);
  });

  it('end where a template is between two segments', () => {
    const segments = paragraphs(40);
    const without = all(segments).filter((i) => i !== 20);
    const passages = passagesOf(segments, without);
    expect(passages.some(({ tokens }) => tokens.some(({ start, end }) => start < 41 && end > 43))).toBe(false);
    expect(passages.flatMap(({ segments: places }) => places)).toEqual(all(segments).slice(0, 39));
  });
});

describe('the plan for a long text', () => {
  const segments = paragraphs(20, 20, 20, 20, 20);
  const passages = passagesOf(segments, all(segments));
  const values = all(segments).map((i) => 100 - i);
  const cause = 87; // At the end of the order of the map.

  it('has the strongest eight of the map, then the passages', () => {
    const plan = planRemovals(checkOf(segments), values, { passages });
    expect(plan.slice(0, 8).map(keyOf)).toEqual(segments.slice(0, 8).map(({ tokens }) => keyOf([tokens])));
    expect(plan.slice(8)).toEqual(passages.map(({ tokens }) => tokens));
  });

  it('goes on with the segments of the passage that matters, in turn with the map', () => {
    const check = carryOut(checkOf(segments), planRemovals(checkOf(segments), values, { passages }), cause);
    const [strongest] = passageEffects(check, passages);
    expect(strongest?.effect).toBe(3);
    expect(strongest?.passage.segments).toContain(cause);
    const done = carryOut(check, planRemovals(check, values, { passages }), cause);
    expect(done.effects[cause]).toBe(3);
    expect(removedCount(done)).toBe(MOST_AT_ONCE);
    expect(done.effects.slice(0, 16).every((effect) => effect === 0)).toBe(true);
    expect(planRemovals(done, values, { passages })).toEqual([]);
    // Without passages, the map alone decides, and the cause is not found.
    expect(carryOut(checkOf(segments), planRemovals(checkOf(segments), values), cause).effects[cause]).toBeNull();
  });

  it('follows the map alone where no passage matters', () => {
    const check = carryOut(checkOf(segments), planRemovals(checkOf(segments), values, { passages }), -1);
    expect(passageEffects(check, passages)).toEqual([]);
    const done = carryOut(check, planRemovals(check, values, { passages }), -1);
    expect(done.effects.slice(0, MOST_AT_ONCE)).not.toContain(null);
  });

  it('says how many removals there will be', () => {
    const first = planRemovals(checkOf(segments), values, { passages });
    const check = carryOut(checkOf(segments), first, cause);
    const second = planRemovals(check, values, { passages });
    expect(countRemovals(checkOf(segments), values, { passages })).toBe(first.length + second.length);
    expect(countRemovals(check, values, { passages })).toBe(second.length);
  });
});

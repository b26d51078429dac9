import { keyOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';
import { effectOf } from './check.js';
import type { Check } from './check.js';

/** How many single segments a check removes before it stops and offers to go on: each costs a forward pass. */
export const MOST_AT_ONCE = 24;

/** The seeds of the draws with which the strongest segments are compared. Fixed, so that a repeated check gives the same. */
const SEEDS = [1, 2, 3] as const;

/** How many of `count` segments are removed together: three, or half of them if there are few. */
export function togetherCount(count: number): number {
  return Math.min(3, Math.floor(count / 2));
}

/** Removals of several segments at once. */
export interface Together {
  /** The indices of the strongest segments of the map, strongest first. */
  readonly indices: readonly number[];
  readonly strongest: TokenSet;
  /** The same number of other segments, drawn at random, once for each seed. */
  readonly controls: readonly TokenSet[];
  /** All segments but the strongest. */
  readonly others: TokenSet;
}

/**
 * The removals that are still missing from a check, in the order in which they are to be made: single segments, the strongest of
 * the map first, then several together.
 *
 * @param values - the map: one number for each segment of the check.
 * @param more - whether to remove up to 24 segments that have not been removed yet, after the 24 strongest.
 */
export function planRemovals(check: Check, values: readonly number[], more = false): TokenSet[] {
  const order = values.map((_, i) => i).sort((i, j) => Math.abs(values[j] ?? 0) - Math.abs(values[i] ?? 0) || i - j);
  const unknown = (i: number): boolean => check.effects[i] === null;
  const singles = more ? order.filter(unknown).slice(0, MOST_AT_ONCE) : order.slice(0, MOST_AT_ONCE).filter(unknown);
  const together = removalsTogether(check.segments, values);
  const several = together === null ? [] : [together.strongest, ...together.controls, together.others];
  return [
    ...singles.flatMap((i) => (check.segments[i] ? [[check.segments[i]]] : [])),
    ...distinct(several).filter((removed) => effectOf(check, removed) === null),
  ];
}

/** The removals of several segments at once; null if there are fewer than four segments. */
export function removalsTogether(segments: readonly Span[], values: readonly number[]): Together | null {
  const count = togetherCount(segments.length);
  if (count < 2) return null;
  const indices = strongestOf(values, count);
  const others = segments.map((_, i) => i).filter((i) => !indices.includes(i));
  const setOf = (chosen: readonly number[]): TokenSet => tokenSet(chosen.flatMap((i) => segments[i] ?? []));
  return {
    indices,
    strongest: setOf(indices),
    controls: distinct(SEEDS.map((seed) => setOf(draw(others, count, seed)))),
    others: setOf(others),
  };
}

/** Indices of the largest values, largest first: of a signed map, what supports the selection most. */
export function strongestOf(values: readonly number[], count: number): number[] {
  const order = values.map((_, i) => i).sort((i, j) => (values[j] ?? 0) - (values[i] ?? 0) || i - j);
  return order.slice(0, count);
}

/** The tokens of some spans. Spans that touch become one. */
function tokenSet(spans: readonly Span[]): TokenSet {
  const set: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = set.at(-1);
    if (last?.end === start) last.end = end;
    else set.push({ start, end });
  }
  return set;
}

function distinct(sets: readonly TokenSet[]): TokenSet[] {
  return [...new Map(sets.map((set) => [keyOf(set), set])).values()];
}

/** Draws `count` of some items without replacement, always the same for a seed. */
function draw(items: readonly number[], count: number, seed: number): number[] {
  const [left, drawn, random] = [[...items], [] as number[], mulberry32(seed)];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}

/** A small generator of pseudo-random numbers in [0, 1). https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

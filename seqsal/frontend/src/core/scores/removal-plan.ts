import { keyOf, setOfSpans } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';
import { effectOf } from './check.js';
import type { Check } from './check.js';
import { passageEffects } from './passages.js';
import type { Passage } from './passages.js';

/** How many single segments a check removes before it stops and offers to go on: each costs a forward pass. */
export const MOST_AT_ONCE = 24;
/** How many segments of a long text are removed before its passages: what the map says comes first. */
const BEFORE_PASSAGES = 8;

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

/** What a plan depends on besides the check and the map. */
export interface PlanOptions {
  /** Those of a long text; empty for a short one. */
  readonly passages?: readonly Passage[];
  /** Whether to remove up to 24 segments that have not been removed yet, after the first 24. */
  readonly more?: boolean;
}

/**
 * The removals that are still missing from a check, in the order in which they are to be made: single segments, the strongest of
 * the map first, then several together.
 *
 * In a long text, passages follow the strongest eight segments, and the plan ends with them: which segments come next depends on
 * what they show. The next plan has in turn the strongest of the map and the segments of the passages that matter most.
 *
 * @param values - the map: one number for each segment of the check.
 */
export function planRemovals(check: Check, values: readonly number[], options: PlanOptions = {}): TokenSet[] {
  const { passages = [], more = false } = options;
  const unknown = (i: number): boolean => check.effects[i] === null;
  const singlesOf = (chosen: readonly number[]): TokenSet[] =>
    chosen.filter(unknown).flatMap((i) => (check.segments[i] ? [[check.segments[i]]] : []));
  const isMissing = (removed: TokenSet): boolean => effectOf(check, removed) === null;
  const order = removalOrder(check, values, passages);
  const missing = passages.map(({ tokens }) => tokens).filter(isMissing);
  if (missing.length > 0) return [...singlesOf(order.slice(0, BEFORE_PASSAGES)), ...missing];
  const singles = more ? order.filter(unknown).slice(0, MOST_AT_ONCE) : order.slice(0, MOST_AT_ONCE);
  return [...singlesOf(singles), ...severalOf(check.segments, values).filter(isMissing)];
}

/** How many removals a check takes up to its end. */
export function countRemovals(check: Check, values: readonly number[], options: PlanOptions = {}): number {
  const { passages = [] } = options;
  const planned = planRemovals(check, values, options).length;
  if (passages.every(({ tokens }) => effectOf(check, tokens) !== null)) return planned;
  const left = Math.min(MOST_AT_ONCE, values.length) - BEFORE_PASSAGES;
  return planned + left + severalOf(check.segments, values).length;
}

/** The order in which single segments are removed. */
function removalOrder(check: Check, values: readonly number[], passages: readonly Passage[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => Math.abs(values[j] ?? 0) - Math.abs(values[i] ?? 0) || i - j);
  const [first, rest] = [order.slice(0, BEFORE_PASSAGES), order.slice(BEFORE_PASSAGES)];
  const inPassages = passageEffects(check, passages).flatMap(({ passage }) =>
    rest.filter((i) => passage.segments.includes(i)),
  );
  const inTurn = rest.flatMap((i, turn) => [i, ...inPassages.slice(turn, turn + 1)]);
  return [...new Set([...first, ...inTurn])];
}

function severalOf(segments: readonly Span[], values: readonly number[]): TokenSet[] {
  const together = removalsTogether(segments, values);
  return together === null ? [] : distinct([together.strongest, ...together.controls, together.others]);
}

/** The removals of several segments at once; null if there are fewer than four segments. */
export function removalsTogether(segments: readonly Span[], values: readonly number[]): Together | null {
  const count = togetherCount(segments.length);
  if (count < 2) return null;
  const indices = strongestOf(values, count);
  const others = segments.map((_, i) => i).filter((i) => !indices.includes(i));
  const setOf = (chosen: readonly number[]): TokenSet => setOfSpans(chosen.flatMap((i) => segments[i] ?? []));
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

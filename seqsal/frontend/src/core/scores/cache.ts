import { keyOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';
import { checkOf, emptyCheck, sameSegments, withEffect } from './check.js';
import type { Check } from './check.js';
import type { ContrastLogprobs, Versus } from './contrast.js';
import type { Scores } from './methods.js';

/** What is explained: a selection, alone or against something else in its place. */
export interface Subject {
  readonly selection: TokenSet;
  readonly versus: Versus | null;
  /** Whether what falls on the thinking before it is passed on to what the thinking depends on. */
  readonly through: boolean;
}

/** A subject and its scores, by the methods requested so far. */
export interface ScoredSelection extends Subject {
  readonly scores: Scores;
  /** By method, the segments that were scored, for methods that score segments. */
  readonly segments: Readonly<Record<string, readonly Span[]>>;
  /** The log-probabilities of a contrast; null if the selection is explained alone. */
  readonly logprobs: ContrastLogprobs | null;
  /** How many tokens both texts of a contrast begin with; only segments in them can be removed. Missing if it is unknown. */
  readonly shared?: number | undefined;
  /** By method, what the scores of all tokens should add up to, in nats, as far as it is known. */
  readonly totals?: Totals | undefined;
  /** What has been checked by removing segments. */
  readonly checks: readonly Check[];
}

/** Numbers by method. */
export type Totals = Readonly<Record<string, number>>;

/** New scores of a subject, with the segments that were scored and what is known of a contrast. */
export interface NewScores {
  readonly scores: Scores;
  readonly segments?: ScoredSelection['segments'];
  readonly logprobs?: ScoredSelection['logprobs'];
  readonly shared?: ScoredSelection['shared'];
}

/** A text that identifies a subject among those of a sequence. */
export function subjectKey({ selection, versus, through }: Subject): string {
  const key = `${keyOf(selection)}${through ? ' through' : ''}`;
  return versus === null ? key : `${key} against ${JSON.stringify([versus.token, versus.text])}`;
}

/** The capacity of a cache in scores of 8 bytes each: 8 MB. */
export const CAPACITY = 1_000_000;

/** Caches the scores of one sequence by subject, so that a selection seen before needs no request. */
export class ScoreCache {
  readonly #entries = new Map<string, ScoredSelection>();
  readonly #capacity: number;
  #size = 0;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  get(subject: Subject): ScoredSelection | undefined {
    return this.#entries.get(subjectKey(subject));
  }

  /** All entries, oldest first. */
  get entries(): Iterable<ScoredSelection> {
    return this.#entries.values();
  }

  /** Merges scores with those of other methods. Evicts the oldest entries if necessary, but never the newest. */
  add(subject: Subject, { scores, segments = {}, logprobs = null, shared }: NewScores): ScoredSelection {
    const before = this.get(subject);
    return this.#put({
      ...onlySubject(subject),
      scores: { ...before?.scores, ...scores },
      segments: { ...before?.segments, ...segments },
      logprobs: logprobs ?? before?.logprobs ?? null,
      shared: shared ?? before?.shared,
      totals: before?.totals ?? this.#twin(subject)?.totals,
      checks: before?.checks ?? this.#twin(subject)?.checks ?? [],
    });
  }

  /** Adds the effect of a removal to the check of some segments. */
  addEffect(subject: Subject, segments: readonly Span[], removed: TokenSet, effect: number): void {
    const before = this.get(subject);
    const twin = this.#twin(subject);
    const checks = before?.checks ?? twin?.checks ?? [];
    const check = withEffect(checkOf(checks, segments) ?? emptyCheck(segments), removed, effect);
    const added = [...checks.filter((other) => !sameSegments(other.segments, segments)), check];
    if (twin) this.#put({ ...twin, checks: added });
    this.#put({
      ...(before ?? { ...onlySubject(subject), scores: {}, segments: {}, logprobs: null }),
      checks: added,
    });
  }

  /** Merges what the scores of a subject should add up to with that of other methods. */
  addTotals(subject: Subject, totals: Totals): void {
    const before = this.get(subject);
    if (before) this.#put({ ...before, totals: { ...before.totals, ...totals } });
  }

  /** The entry of the same selection with its thinking passed on, or not: removals do the same to both. */
  #twin(subject: Subject): ScoredSelection | undefined {
    return this.get({ ...onlySubject(subject), through: !subject.through });
  }

  /** Adds an entry as it is, such as one from a file. */
  restore(entry: ScoredSelection): void {
    this.#put(entry);
  }

  #put(entry: ScoredSelection): ScoredSelection {
    const key = subjectKey(entry);
    this.#drop(key);
    this.#entries.set(key, entry);
    this.#size += sizeOf(entry);
    for (const other of this.#entries.keys()) {
      if (this.#size <= this.#capacity || this.#entries.size === 1) break;
      this.#drop(other);
    }
    return entry;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    this.#size -= entry ? sizeOf(entry) : 0;
    this.#entries.delete(key);
  }
}

function onlySubject({ selection, versus, through }: Subject): Subject {
  return { selection, versus, through };
}

function sizeOf({ scores }: ScoredSelection): number {
  return Object.values(scores).reduce((size, values) => size + values.length, 0);
}

/** The same scores. Scores for another number of tokens would be painted on the wrong words. */
export function checked(scores: Scores, count: number): Scores {
  for (const [method, values] of Object.entries(scores)) checkedLength(values, count, 'scored', ` with ${method}`);
  return scores;
}

export function checkedLength<T>(values: readonly T[], count: number, did: string, how = ''): readonly T[] {
  if (values.length === count) return values;
  throw new Error(`The model ${did} ${String(values.length)} tokens${how}, but the text has ${String(count)}.`);
}

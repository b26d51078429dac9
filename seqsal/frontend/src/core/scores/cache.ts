import { keyOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Scores } from './methods.js';

/** A selection and its scores, by the methods requested so far. */
export interface ScoredSelection {
  readonly selection: TokenSet;
  readonly scores: Scores;
}

/** The capacity of a cache in scores of 8 bytes each: 8 MB. */
export const CAPACITY = 1_000_000;

/** Caches the scores of one sequence by selection, so that a selection seen before needs no request. */
export class ScoreCache {
  readonly #entries = new Map<string, ScoredSelection>();
  readonly #capacity: number;
  #size = 0;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  get(selection: TokenSet): Scores | undefined {
    return this.#entries.get(keyOf(selection))?.scores;
  }

  /** All entries, oldest first. */
  get entries(): Iterable<ScoredSelection> {
    return this.#entries.values();
  }

  /** Merges scores with those of other methods. Evicts the oldest entries if necessary, but never the newest. */
  add(selection: TokenSet, added: Scores): Scores {
    const scores = { ...this.get(selection), ...added };
    this.#drop(keyOf(selection));
    this.#entries.set(keyOf(selection), { selection, scores });
    this.#size += sizeOf(scores);
    for (const key of this.#entries.keys()) {
      if (this.#size <= this.#capacity || this.#entries.size === 1) break;
      this.#drop(key);
    }
    return scores;
  }

  #drop(key: string): void {
    this.#size -= sizeOf(this.#entries.get(key)?.scores ?? {});
    this.#entries.delete(key);
  }
}

function sizeOf(scores: Scores): number {
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

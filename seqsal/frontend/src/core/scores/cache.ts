import { keyOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Scores } from './methods.js';

/** A selection, and its scores by those methods that have been requested. */
export interface ScoredSelection {
  readonly set: TokenSet;
  readonly scores: Scores;
}

/** The capacity of a cache in scores, which are numbers of 8 bytes: 8 MB. */
export const CAPACITY = 1_000_000;

/** The scores of one sequence of one example, by selection, so that a selection seen before costs no request. */
export class ScoreCache {
  readonly #entries = new Map<string, ScoredSelection>();
  readonly #capacity: number;
  #size = 0;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  get(set: TokenSet): Scores | undefined {
    return this.#entries.get(keyOf(set))?.scores;
  }

  /** All entries, oldest first. */
  get entries(): Iterable<ScoredSelection> {
    return this.#entries.values();
  }

  /** Adds scores to those of other methods. The newest entry stays, however large; the oldest go until the rest fits. */
  add(set: TokenSet, added: Scores): Scores {
    const scores = { ...this.get(set), ...added };
    this.#drop(keyOf(set));
    this.#entries.set(keyOf(set), { set, scores });
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

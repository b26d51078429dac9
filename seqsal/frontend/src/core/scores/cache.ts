import { keyOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Scores } from './methods.js';

export interface Kept {
  readonly set: TokenSet;
  readonly scores: Scores;
}

/** Scores that are kept, as numbers of 8 bytes: 8 MB. */
export const MOST_KEPT = 1_000_000;

/** The scores of one sequence of one example, by selection, so that a selection seen before costs no request. */
export class KeptScores {
  readonly #scores = new Map<string, Kept>();
  readonly #most: number;
  #size = 0;

  constructor(most = MOST_KEPT) {
    this.#most = most;
  }

  get(set: TokenSet): Scores | undefined {
    return this.#scores.get(keyOf(set))?.scores;
  }

  /** All that is kept, oldest first. */
  get all(): Iterable<Kept> {
    return this.#scores.values();
  }

  /** Keeps the newest, however large; the oldest go until the rest fits. */
  keep(set: TokenSet, scores: Scores): void {
    this.#drop(keyOf(set));
    this.#scores.set(keyOf(set), { set, scores });
    this.#size += sizeOf(scores);
    for (const key of this.#scores.keys()) {
      if (this.#size <= this.#most || this.#scores.size === 1) break;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#size -= sizeOf(this.#scores.get(key)?.scores ?? {});
    this.#scores.delete(key);
  }
}

function sizeOf(scores: Scores): number {
  return Object.values(scores).reduce((size, values) => size + values.length, 0);
}

/** Scores for another number of tokens would be painted on the wrong words. */
export function checked(scores: Scores, count: number): Scores {
  for (const [method, values] of Object.entries(scores)) checkedLength(values, count, 'scored', ` with ${method}`);
  return scores;
}

export function checkedLength<T>(values: readonly T[], count: number, did: string, how = ''): readonly T[] {
  if (values.length === count) return values;
  throw new Error(`The model ${did} ${String(values.length)} tokens${how}, but the text has ${String(count)}.`);
}

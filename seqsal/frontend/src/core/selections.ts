import type { Scores } from './host.js';
import type { Span, TokenizedText } from './tokens.js';

/** Scores that are kept, as numbers of 8 bytes: 8 MB. */
export const MOST_KEPT = 1_000_000;

/** The scores of one sequence of one example, by selection, so that a selection seen before costs no request. */
export class KeptScores {
  readonly #scores = new Map<string, Scores>();
  readonly #most: number;
  #size = 0;

  constructor(most = MOST_KEPT) {
    this.#most = most;
  }

  get(span: Span): Scores | undefined {
    return this.#scores.get(keyOf(span));
  }

  /** Keeps the newest, however large; the oldest go until the rest fits. */
  keep(span: Span, scores: Scores): void {
    this.#drop(keyOf(span));
    this.#scores.set(keyOf(span), scores);
    this.#size += sizeOf(scores);
    for (const key of this.#scores.keys()) {
      if (this.#size <= this.#most || this.#scores.size === 1) break;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#size -= sizeOf(this.#scores.get(key) ?? {});
    this.#scores.delete(key);
  }
}

function keyOf({ start, end }: Span): string {
  return `${String(start)}-${String(end)}`;
}

function sizeOf(scores: Scores): number {
  return Object.values(scores).reduce((size, values) => size + values.length, 0);
}

/** 1 for the selected tokens. Special ones inside a range stay out: nobody chose them, and the model did not write them. */
export function maskOf({ special }: TokenizedText, { start, end }: Span): number[] {
  return special.map((isSpecial, i) => (i >= start && i < end && !isSpecial ? 1 : 0));
}

/** Scores for another number of tokens would be painted on the wrong words. */
export function checked(scores: Scores, count: number): Scores {
  for (const [method, values] of Object.entries(scores)) {
    if (values.length === count) continue;
    const got = String(values.length);
    throw new Error(`The model scored ${got} tokens with ${method}, but the text has ${String(count)}.`);
  }
  return scores;
}

import type { Question } from '../../core/state/question.js';
import type { LitInput } from './types.js';

/** The number of examples whose questions are kept. */
const MOST = 200;

/**
 * What the user last asked about each example with each model. A new module for an example asks it again, and so does the first module
 * for an example that was made from it: a changed prompt is compared by the same question.
 */
export class SharedQuestions {
  readonly #asked = new Map<string, Question>();

  /** Null if nothing is selected any more. */
  set(model: string, id: string, question: Question | null): void {
    const key = keyOf(model, id);
    this.#asked.delete(key);
    if (question === null) return;
    this.#asked.set(key, question);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST && oldest !== undefined) this.#asked.delete(oldest);
  }

  /**
   * Asks about an example what was asked about the one that it was made from. LIT knows the example of a prompt that was in its dataset
   * already, but not that it was made again.
   */
  handOn(parent: string, id: string): void {
    for (const [key, question] of [...this.#asked]) {
      const [model, asked] = JSON.parse(key) as [string, string];
      if (asked === parent) this.set(model, id, question);
    }
  }

  /** What was asked about an example, or about the one that it was made from; null if nothing was. */
  of(model: string, { id, meta }: LitInput): Question | null {
    const parent = meta['parentId'];
    const own = this.#asked.get(keyOf(model, id)) ?? null;
    return own ?? (typeof parent === 'string' ? (this.#asked.get(keyOf(model, parent)) ?? null) : null);
  }
}

function keyOf(model: string, id: string): string {
  return JSON.stringify([model, id]);
}

import type { Segmentation, Granularity } from '../text/boundaries.js';
import { compilePattern } from '../text/pattern.js';
import type { PatternRole } from '../text/pattern.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';

/** Finds where a pattern starts segments. Must reject after a reasonable time: some patterns would run for years. */
export type FindStarts = (
  text: string,
  regex: RegExp,
  role: PatternRole,
  signal: AbortSignal,
) => Promise<readonly number[]>;

const DEFAULT: Segmentation = { unit: 'sentences', starts: [] };

/** The segmentation of the current text. While a pattern runs, and after it fails, the previous segmentation stays. */
export class Segmenter {
  #segmentation = DEFAULT;
  #text: string | null = null;
  #granularity: Granularity | null = null;
  readonly #request: RequestSlot<readonly number[]>;
  readonly #findStarts: FindStarts;

  constructor(changed: () => void, findStarts: FindStarts) {
    this.#request = new RequestSlot(changed);
    this.#findStarts = findStarts;
  }

  get segmentation(): Segmentation {
    return this.#segmentation;
  }

  get pattern(): Request<readonly number[]> {
    return this.#request.state;
  }

  /** Settles when the text is segmented, or the reason for a failure is known. */
  async apply(text: string, granularity: Granularity): Promise<void> {
    if (text === this.#text && granularity === this.#granularity) return;
    // Offsets found in another text are invalid in this one.
    if (text !== this.#text && this.#segmentation.unit === 'custom') this.#segmentation = DEFAULT;
    [this.#text, this.#granularity] = [text, granularity];
    const { unit, pattern, role } = granularity;
    if (unit !== 'custom') {
      this.#segmentation = { unit, starts: [] };
      this.#request.reset();
      return;
    }
    await this.#request.start(async (signal) => {
      const compiled = compilePattern(pattern);
      if (!compiled.ok) throw new Error(compiled.reason);
      const starts = await this.#findStarts(text, compiled.regex, role, signal);
      if (!signal.aborted) this.#segmentation = { unit, starts };
      return starts;
    });
  }
}

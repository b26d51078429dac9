import type { Cut, Granularity } from '../text/boundaries.js';
import { compilePattern } from '../text/pattern.js';
import type { PatternRole } from '../text/pattern.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';

/** Where a pattern opens segments. Must reject in reasonable time: some patterns would run for years. */
export type FindStarts = (
  text: string,
  regex: RegExp,
  role: PatternRole,
  signal: AbortSignal,
) => Promise<readonly number[]>;

const PLAIN: Cut = { unit: 'sentences', starts: [] };

/** How the text is cut at present. While a pattern runs, or where it fails, the text stays cut as it was. */
export class Cutting {
  #cut = PLAIN;
  #text: string | null = null;
  #granularity: Granularity | null = null;
  readonly #request: RequestSlot<readonly number[]>;
  readonly #findStarts: FindStarts;

  constructor(changed: () => void, findStarts: FindStarts) {
    this.#request = new RequestSlot(changed);
    this.#findStarts = findStarts;
  }

  get cut(): Cut {
    return this.#cut;
  }

  get pattern(): Request<readonly number[]> {
    return this.#request.state;
  }

  /** Settles when the text is cut as wanted, or the reason is known why not. */
  async apply(text: string, granularity: Granularity): Promise<void> {
    if (text === this.#text && granularity === this.#granularity) return;
    // Offsets that a pattern found in another text mean nothing in this one.
    if (text !== this.#text && this.#cut.unit === 'custom') this.#cut = PLAIN;
    [this.#text, this.#granularity] = [text, granularity];
    const { unit, pattern, role } = granularity;
    if (unit !== 'custom') {
      this.#cut = { unit, starts: [] };
      this.#request.reset();
      return;
    }
    await this.#request.start(async (signal) => {
      const compiled = compilePattern(pattern);
      if (!compiled.ok) throw new Error(compiled.reason);
      const starts = await this.#findStarts(text, compiled.regex, role, signal);
      if (!signal.aborted) this.#cut = { unit, starts };
      return starts;
    });
  }
}

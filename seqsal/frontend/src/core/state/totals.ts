import { subjectKey } from '../scores/cache.js';
import type { ScoreCache, Subject } from '../scores/cache.js';
import { methodNamed } from '../scores/methods.js';
import { maskOf } from '../text/token-set.js';
import { RequestSlot } from './request.js';
import type { Scorable } from './score-loader.js';

/** Loads what the scores of the shown map should add up to, after the scores. A failure shows nothing: the map is there. */
export class TotalsLoader {
  readonly #slot: RequestSlot<null>;
  #requested = '';

  constructor(changed: () => void) {
    this.#slot = new RequestSlot(changed);
  }

  reset(): void {
    this.#requested = '';
    this.#slot.reset();
  }

  /** Requests the total of a map if the method has one. A contrast has none: it leaves out the tokens that differ. */
  load(scorable: Scorable | null, cache: ScoreCache, subject: Subject | null, method: string | null): void {
    if (!scorable?.host.totals || subject === null || method === null || subject.versus !== null) return;
    const { host, text, tokens } = scorable;
    const scored = cache.get(subject);
    const hasTotal = methodNamed(host.methods, method)?.remainder !== undefined;
    if (!hasTotal || !scored?.scores[method] || scored.totals?.[method] !== undefined) return;
    const key = `${subjectKey(subject)} by ${method}`;
    if (this.#requested === key) return;
    this.#requested = key;
    const passed = subject.through ? { through: true } : {};
    const input = { ...text, ...passed, targetMask: maskOf(tokens, subject.selection), methods: [method] };
    void this.#slot.start(async (signal) => {
      const totals = await host.totals?.(input, signal);
      cache.addTotals(subject, totals ?? {});
      return null;
    });
  }
}

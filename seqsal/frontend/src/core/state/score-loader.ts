import { ScoreCache, checked } from '../scores/cache.js';
import type { ScoredSelection } from '../scores/cache.js';
import { familyOf, isCheap, methodNamed } from '../scores/methods.js';
import type { Scores } from '../scores/methods.js';
import type { Segmentation } from '../text/boundaries.js';
import { maskOf, setsEqual } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Host, TokenizeInput } from './host.js';
import { Prefetch, spansAhead } from './prefetch.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';

/** A sequence whose selections can be scored. */
export interface Scorable {
  readonly host: Host;
  readonly text: TokenizeInput;
  readonly tokens: TokenizedText;
}

/**
 * Loads the scores of selections of one sequence, from the cache or from the host.
 *
 * Only the method that is shown is requested, with those of its family, which come from the same pass.
 */
export class ScoreLoader {
  #scorable: Scorable | null = null;
  #selection: TokenSet | null = null;
  #method: string | null = null;
  /** The methods that the state of the request is about. */
  #requested: readonly string[] = [];
  // Replaced, never emptied: a late answer goes into the cache of its own sequence, not into that of the next.
  #cache = new ScoreCache();
  readonly #salience: RequestSlot<Scores>;
  readonly #prefetch: Prefetch;

  /** The user's own requests go first: while `busy`, no prefetch begins. */
  constructor(changed: () => void, busy: () => boolean) {
    this.#salience = new RequestSlot(() => {
      this.#prefetch.resume();
      changed();
    });
    this.#prefetch = new Prefetch(() => busy() || this.#salience.pending);
  }

  get salience(): Request<Scores> {
    return this.#salience.state;
  }

  /** Selections whose scores are known. */
  get cached(): Iterable<ScoredSelection> {
    return this.#cache.entries;
  }

  /** Turns to another sequence, or to none. */
  open(scorable: Scorable | null): void {
    this.#scorable = scorable;
    this.#cache = new ScoreCache();
    this.#prefetch.stop();
    this.#selection = null;
    void this.#request();
  }

  /** Loads the scores of a selection by a method; of null, none. */
  load(selection: TokenSet | null, method: string | null): void {
    const same = setsEqual(selection, this.#selection);
    [this.#selection, this.#method] = [selection, method];
    if (same && (selection === null || method === null || this.#requested.includes(method))) return;
    void this.#request();
  }

  retry(): Promise<void> {
    return this.#request();
  }

  stop(): void {
    this.#salience.stop();
  }

  resumePrefetch(): void {
    this.#prefetch.resume();
  }

  stopPrefetch(): void {
    this.#prefetch.stop();
  }

  /** Requests what a click on any segment of the answer would select, so that its heat is there at once. */
  prefetch(segmentation: Segmentation, method: string | null): void {
    const [scorable, cache] = [this.#scorable, this.#cache];
    const request = scorable && prefetchRequest(scorable.host);
    if (!request) return;
    const { host, text, tokens } = scorable;
    const methods = familyOf(host.methods, method);
    if (!methods.every((name) => isCheap(methodNamed(host.methods, name)))) return;
    const spans = spansAhead(tokens, segmentation, methods.length);
    const first = host.salienceAhead ? spans.length : 1;
    this.#prefetch.start(spans, first, async (some, signal) => {
      const missing = some.map((span) => [span]).filter((set) => !has(cache.get(set), method));
      if (missing.length === 0) return;
      const targetMasks = missing.map((set) => maskOf(tokens, set));
      await request({ ...text, targetMasks, methods }, signal, (i, scores) => {
        if (missing[i]) cache.add(missing[i], checked(scores, tokens.tokens.length));
        this.#useCached();
      });
    });
  }

  /** A prefetch may bring what the user waits for. */
  #useCached(): void {
    const cached = this.#selection && this.#cache.get(this.#selection);
    if (cached && has(cached, this.#method) && this.#salience.pending) this.#resolve(cached);
  }

  #resolve(cached: Scores): void {
    this.#requested = Object.keys(cached);
    this.#salience.resolve(cached);
  }

  async #request(): Promise<void> {
    const [scorable, selection, method, cache] = [this.#scorable, this.#selection, this.#method, this.#cache];
    if (scorable === null || selection === null) {
      this.#salience.reset();
      return;
    }
    const cached = cache.get(selection);
    if (cached !== undefined && has(cached, method)) {
      this.#resolve(cached);
      return;
    }
    const { host, text, tokens } = scorable;
    const [targetMask, methods] = [maskOf(tokens, selection), familyOf(host.methods, method)];
    this.#requested = methods;
    await this.#salience.start(async (signal, report) => {
      const scores = await host.salience({ ...text, targetMask, methods }, signal, report);
      return cache.add(selection, checked(scores, targetMask.length));
    });
  }
}

/** Whether there are scores by a method, or any where no method is chosen. */
function has(scores: Scores | undefined, method: string | null): boolean {
  return scores !== undefined && (method === null || method in scores);
}

/** The function that prefetches selections: one by one if the host can, else together; null if it cannot. */
function prefetchRequest(host: Host): NonNullable<Host['salienceAhead']> | null {
  if (host.salienceAhead) return host.salienceAhead.bind(host);
  const request = host.salienceOfMany?.bind(host);
  if (!request) return null;
  return async (input, signal, take) => {
    for (const [i, scores] of (await request(input, signal)).entries()) take(i, scores);
  };
}

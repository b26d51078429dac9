import { ScoreCache, checked, checkedLength, subjectKey } from '../scores/cache.js';
import type { ScoredSelection, Subject } from '../scores/cache.js';
import { REMOVAL_METHOD, checkOf, sameSegments } from '../scores/check.js';
import type { Logprobs } from '../scores/certainty.js';
import { familyOf, isCheap, mapMethod, methodNamed, scoresSegments } from '../scores/methods.js';
import type { Scores } from '../scores/methods.js';
import type { Segmentation } from '../text/boundaries.js';
import { maskOf } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';
import type { Host, ReportProgress, TokenizeInput } from './host.js';
import { Prefetch, spansAhead } from './prefetch.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';

/** A sequence whose selections can be scored. */
export interface Scorable {
  readonly host: Host;
  readonly text: TokenizeInput;
  readonly tokens: TokenizedText;
}

/** The scores that are needed. */
export interface Wanted extends Subject {
  readonly method: string | null;
  /** The segments of the text before the selection, for methods that score segments. */
  readonly segments: readonly Span[];
}

/**
 * Loads the scores of selections of one sequence, from the cache or from the host.
 *
 * Only the method that is shown is requested, with those of its family, which come from the same pass. The effects of removals
 * are computed by a check, not here: while they are shown, this loads the map that they are compared with. For a host without
 * removals it loads nothing if there is a check: it shows what is known.
 */
export class ScoreLoader {
  #scorable: Scorable | null = null;
  #wanted: Wanted | null = null;
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

  get scorable(): Scorable | null {
    return this.#scorable;
  }

  get cache(): ScoreCache {
    return this.#cache;
  }

  /** Turns to another sequence, or to none. */
  open(scorable: Scorable | null): void {
    this.#scorable = scorable;
    this.#cache = new ScoreCache();
    for (const entry of scorable?.host.stored?.(scorable.text) ?? []) this.#cache.restore(entry);
    this.#prefetch.stop();
    this.#wanted = null;
    void this.#request();
  }

  /** Loads the wanted scores; none for null. */
  load(given: Wanted | null): void {
    const [before, wanted] = [this.#wanted, given && this.#toLoad(given)];
    this.#wanted = wanted;
    if (this.#isRequested(wanted, before)) return;
    void this.#request();
  }

  /** Requests scores that are not cached, and adds them to the cache. */
  async fetch(given: Wanted, signal: AbortSignal, report?: ReportProgress): Promise<void> {
    const wanted = this.#toLoad(given);
    if (this.#scorable === null || has(this.#cache.get(wanted), wanted)) return;
    await fetchInto(this.#cache, this.#scorable, wanted, signal, report);
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
    const shown = host.removalEffects ? mapMethod(host.methods, method) : method;
    const methods = familyOf(host.methods, shown);
    if (!methods.every((name) => isCheap(methodNamed(host.methods, name)))) return;
    const spans = spansAhead(tokens, segmentation, methods.length);
    const first = host.salienceAhead ? spans.length : 1;
    this.#prefetch.start(spans, first, async (some, signal) => {
      const subjects = some.map((span) => ({ selection: [span], versus: null, through: false }));
      const missing = subjects.filter((subject) => !has(cache.get(subject), { method: shown, segments: [] }));
      if (missing.length === 0) return;
      const targetMasks = missing.map(({ selection }) => maskOf(tokens, selection));
      await request({ ...text, targetMasks, methods }, signal, (i, scores) => {
        if (missing[i]) cache.add(missing[i], { scores: checked(scores, tokens.tokens.length) });
        this.#useCached();
      });
    });
  }

  #toLoad(wanted: Wanted): Wanted {
    const { host } = this.#scorable ?? {};
    if (host?.removalEffects) return { ...wanted, method: mapMethod(host.methods, wanted.method) };
    const isChecked = checkOf(this.#cache.get(wanted)?.checks ?? [], wanted.segments) !== undefined;
    return wanted.method === REMOVAL_METHOD && isChecked ? { ...wanted, method: null } : wanted;
  }

  /** Whether the state of the request is already about the wanted scores. */
  #isRequested(wanted: Wanted | null, before: Wanted | null): boolean {
    if (wanted === null || before === null) return wanted === before;
    if (subjectKey(wanted) !== subjectKey(before)) return false;
    if (wanted.method === null) return this.#salience.state.status !== 'error';
    if (!this.#requested.includes(wanted.method)) return false;
    if (!scoresSegments(methodNamed(this.#scorable?.host.methods ?? [], wanted.method))) return true;
    if (this.#salience.state.status === 'ready') return has(this.#cache.get(wanted), wanted);
    return sameSegments(wanted.segments, before.segments);
  }

  /** A prefetch may bring what the user waits for. */
  #useCached(): void {
    const cached = this.#wanted && this.#cache.get(this.#wanted);
    if (cached && this.#wanted && has(cached, this.#wanted) && this.#salience.pending) this.#resolve(cached.scores);
  }

  #resolve(cached: Scores): void {
    this.#requested = Object.keys(cached);
    this.#salience.resolve(cached);
  }

  async #request(): Promise<void> {
    const [scorable, wanted, cache] = [this.#scorable, this.#wanted, this.#cache];
    if (scorable === null || wanted === null) {
      this.#salience.reset();
      return;
    }
    const cached = cache.get(wanted);
    if (cached !== undefined && has(cached, wanted)) {
      this.#resolve(cached.scores);
      return;
    }
    this.#requested = familyOf(scorable.host.methods, wanted.method);
    await this.#salience.start((signal, report) => fetchInto(cache, scorable, wanted, signal, report));
  }
}

/** Requests the wanted scores and adds them to a cache. Returns all scores of the subject. */
async function fetchInto(
  cache: ScoreCache,
  { host, text, tokens }: Scorable,
  wanted: Wanted,
  signal: AbortSignal,
  report?: ReportProgress,
): Promise<Scores> {
  const { selection, versus, method } = wanted;
  const [targetMask, methods] = [maskOf(tokens, selection), familyOf(host.methods, method)];
  const bySegments = methods.filter((name) => scoresSegments(methodNamed(host.methods, name)));
  const segments = Object.fromEntries(bySegments.map((name) => [name, wanted.segments]));
  const input = {
    ...text,
    targetMask,
    methods,
    ...(bySegments.length > 0 && { segments: wanted.segments }),
    ...(wanted.through && { through: true }),
  };
  if (versus === null) {
    const scores = checked(await host.salience(input, signal, report), targetMask.length);
    return cache.add(wanted, { scores, segments }).scores;
  }
  if (!host.contrast) throw new Error('This model has no contrasts.');
  const { scores, logprobs, shared } = await host.contrast({ ...input, versus }, signal, report);
  const scored = wanted.segments.filter(({ end }) => end <= (shared ?? Infinity));
  const scoredBy = Object.fromEntries(bySegments.map((name) => [name, scored]));
  return cache.add(wanted, { scores: checked(scores, targetMask.length), segments: scoredBy, logprobs, shared }).scores;
}

/** Requests the log-probabilities of a sequence. */
export function logprobsOf({ host, text, tokens }: Scorable) {
  return async (signal: AbortSignal, report: ReportProgress): Promise<Logprobs> => {
    const logprobs = (await host.logprobs?.(text, signal, report)) ?? [];
    return checkedLength(logprobs, tokens.tokens.length, 'gave log-probabilities for');
  };
}

/** Whether there are scores by a method, of the same segments; or any where no method is chosen. */
function has(scored: ScoredSelection | undefined, { method, segments }: Pick<Wanted, 'method' | 'segments'>): boolean {
  if (scored === undefined || (method !== null && !(method in scored.scores))) return false;
  const own = method === null ? undefined : scored.segments[method];
  return own === undefined || sameSegments(own, segments);
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

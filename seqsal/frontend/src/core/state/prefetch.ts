import { CAPACITY } from '../scores/cache.js';
import type { Segmentation } from '../text/boundaries.js';
import { segmentTokens, selectableSpan } from '../text/segments.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';

/** The most selections in one request. */
const MOST_AT_ONCE = 16;
/** A click may wait on the server for the request in progress, so each should take about this long. */
const CHUNK_MS = 300;
/** Longer sequences are too expensive to prefetch. */
const MOST_TOKENS = 4_000;
/** There are many single tokens, and users click few of them. */
const MOST_SINGLE_TOKENS = 64;

/** What a click on each segment of the answer would select, the thinking last; empty if that is too much to prefetch. */
export function spansAhead(tokenized: TokenizedText, segmentation: Segmentation, methods: number): Span[] {
  const count = tokenized.tokens.length;
  if (count > MOST_TOKENS) return [];
  const target = segmentTokens(tokenized, segmentation).filter(({ region }) => region === 'target');
  const answer = target.filter(({ thinking }) => !thinking);
  const spans = [...answer, ...target.filter(({ thinking }) => thinking)]
    .map(selectableSpan)
    .filter((span) => span !== null);
  // More than the cache can hold would evict each other, and what the user has clicked.
  const most = segmentation.unit === 'tokens' ? MOST_SINGLE_TOKENS : CAPACITY / (2 * count * Math.max(1, methods));
  return spans.length > most ? [] : spans;
}

interface PrefetchJob {
  readonly waiting: Span[];
  readonly request: (spans: readonly Span[], signal: AbortSignal) => Promise<void>;
  readonly controller: AbortController;
  /** How many spans the next request holds. */
  size: number;
  running: boolean;
}

/**
 * Requests spans in chunks, one request at a time. Errors are ignored: no user waits for the result.
 *
 * If a click has to wait for the request in progress, the first request is for one span only, and its duration determines the
 * size of the next. A host that gives clicks priority gets all spans at once.
 */
export class Prefetch {
  #job: PrefetchJob | null = null;
  readonly #busy: () => boolean;

  /** While `busy`, no further request starts; call `resume` when that ends. */
  constructor(busy: () => boolean) {
    this.#busy = busy;
  }

  start(spans: readonly Span[], size: number, request: PrefetchJob['request']): void {
    this.stop();
    this.#job = { waiting: [...spans], request, controller: new AbortController(), size, running: false };
    this.resume();
  }

  stop(): void {
    this.#job?.controller.abort();
    this.#job = null;
  }

  resume(): void {
    if (this.#job !== null && !this.#job.running) void this.#run(this.#job);
  }

  async #run(job: PrefetchJob): Promise<void> {
    job.running = true;
    try {
      while (job === this.#job && job.waiting.length > 0 && !this.#busy()) await requestNext(job);
    } catch {
      job.waiting.length = 0;
    }
    job.running = false;
  }
}

async function requestNext(job: PrefetchJob): Promise<void> {
  const spans = job.waiting.splice(0, job.size);
  const since = Date.now();
  await job.request(spans, job.controller.signal);
  const each = Math.max(1, Date.now() - since) / spans.length;
  job.size = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(CHUNK_MS / each)));
}

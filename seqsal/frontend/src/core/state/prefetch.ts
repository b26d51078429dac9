import { CAPACITY } from '../scores/cache.js';
import type { Cut } from '../text/boundaries.js';
import { segmentTokens, selectableSpan } from '../text/segments.js';
import type { Span, TokenizedText } from '../text/tokens.js';

/** The most selections in one request. */
const MOST_AT_ONCE = 16;
/** A click waits on the server for the request that is under way, so one should take about this long. */
const CHUNK_MS = 300;
/** Longer sequences cost too much to ask for what perhaps nobody clicks. */
const MOST_TOKENS = 4_000;
/** Single tokens are many, and few of them are ever clicked. */
const MOST_SINGLE_TOKENS = 64;

/** What a click on each segment of the answer would select; nothing where that is too much to ask for ahead. */
export function spansAhead(tokenized: TokenizedText, cut: Cut, methods: number): Span[] {
  const count = tokenized.tokens.length;
  if (count > MOST_TOKENS) return [];
  const answer = segmentTokens(tokenized, cut).filter(({ region }) => region === 'target');
  const spans = answer.map(selectableSpan).filter((span) => span !== null);
  // More than can be kept would push out each other, and what the user has clicked.
  const most = cut.unit === 'tokens' ? MOST_SINGLE_TOKENS : CAPACITY / (2 * count * Math.max(1, methods));
  return spans.length > most ? [] : spans;
}

interface Job {
  readonly waiting: Span[];
  readonly ask: (spans: readonly Span[], signal: AbortSignal) => Promise<void>;
  readonly controller: AbortController;
  /** How many to ask for next. */
  size: number;
  running: boolean;
}

/**
 * Asks for spans ahead, in chunks, one request at a time. Errors are silent: nobody has asked yet.
 *
 * Where a click waits for the request that is under way, the first is for one span, as a click would be. How long it takes
 * tells how many the next may hold. A host that lets clicks in between is asked for all at once.
 */
export class Prefetch {
  #job: Job | null = null;
  readonly #held: () => boolean;

  /** While `held`, no further request begins; `resume` is to be called when that ends. */
  constructor(held: () => boolean) {
    this.#held = held;
  }

  start(spans: readonly Span[], size: number, ask: Job['ask']): void {
    this.stop();
    this.#job = { waiting: [...spans], ask, controller: new AbortController(), size, running: false };
    this.resume();
  }

  stop(): void {
    this.#job?.controller.abort();
    this.#job = null;
  }

  resume(): void {
    if (this.#job !== null && !this.#job.running) void this.#run(this.#job);
  }

  async #run(job: Job): Promise<void> {
    job.running = true;
    try {
      while (job === this.#job && job.waiting.length > 0 && !this.#held()) await askNext(job);
    } catch {
      job.waiting.length = 0;
    }
    job.running = false;
  }
}

async function askNext(job: Job): Promise<void> {
  const spans = job.waiting.splice(0, job.size);
  const since = Date.now();
  await job.ask(spans, job.controller.signal);
  const each = Math.max(1, Date.now() - since) / spans.length;
  job.size = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(CHUNK_MS / each)));
}

import { KeptScores, checked } from '../scores/cache.js';
import type { Kept } from '../scores/cache.js';
import type { Scores } from '../scores/methods.js';
import type { Cut } from '../text/boundaries.js';
import { maskOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Host, TokenizeInput } from './host.js';
import { Prefetch, spansAhead } from './prefetch.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';

/** A sequence that can be explained. */
export interface Subject {
  readonly host: Host;
  readonly text: TokenizeInput;
  readonly tokens: TokenizedText;
}

/** Gets the scores of selections of one sequence: those that are known at once, the others from the host. */
export class Explainer {
  #subject: Subject | null = null;
  #wanted: TokenSet | null = null;
  // Replaced, never emptied: an answer that comes late goes where nobody looks any more, not to the next sequence.
  #kept = new KeptScores();
  readonly #salience: RequestSlot<Scores>;
  readonly #ahead: Prefetch;

  /** What the user waits for goes first: while `held`, nothing is asked ahead. */
  constructor(changed: () => void, held: () => boolean) {
    this.#salience = new RequestSlot(() => {
      this.#ahead.resume();
      changed();
    });
    this.#ahead = new Prefetch(() => held() || this.#salience.pending);
  }

  get salience(): Request<Scores> {
    return this.#salience.state;
  }

  /** Selections whose scores are known. */
  get kept(): Iterable<Kept> {
    return this.#kept.all;
  }

  /** Turns to another sequence, or to none. */
  open(subject: Subject | null): void {
    this.#subject = subject;
    this.#kept = new KeptScores();
    this.#ahead.stop();
    this.explain(null);
  }

  /** Explains some tokens; null for none. */
  explain(wanted: TokenSet | null): void {
    this.#wanted = wanted;
    void this.#ask();
  }

  retry(): Promise<void> {
    return this.#ask();
  }

  stop(): void {
    this.#salience.stop();
  }

  resume(): void {
    this.#ahead.resume();
  }

  stopAhead(): void {
    this.#ahead.stop();
  }

  /** Asks for what a click on any segment of the answer would select, so that it is painted at once. */
  askAhead(cut: Cut): void {
    const [subject, kept] = [this.#subject, this.#kept];
    const ask = subject && askerAhead(subject.host);
    if (!subject || !ask) return;
    const { host, text, tokens } = subject;
    const spans = spansAhead(tokens, cut, host.methods.length);
    const first = host.salienceAhead ? spans.length : 1;
    this.#ahead.start(spans, first, async (some, signal) => {
      const missing = some.map((span) => [span]).filter((set) => kept.get(set) === undefined);
      if (missing.length === 0) return;
      const targetMasks = missing.map((set) => maskOf(tokens, set));
      await ask({ ...text, targetMasks }, signal, (i, scores) => {
        if (missing[i]) kept.keep(missing[i], checked(scores, tokens.tokens.length));
        this.#useKept();
      });
    });
  }

  /** What a click waits for may have come with what was asked for ahead. */
  #useKept(): void {
    const kept = this.#wanted && this.#kept.get(this.#wanted);
    if (kept && this.#salience.pending) this.#salience.resolve(kept);
  }

  async #ask(): Promise<void> {
    const [subject, wanted, into] = [this.#subject, this.#wanted, this.#kept];
    if (subject === null || wanted === null) {
      this.#salience.reset();
      return;
    }
    const kept = into.get(wanted);
    if (kept !== undefined) {
      this.#salience.resolve(kept);
      return;
    }
    const { host, text, tokens } = subject;
    const targetMask = maskOf(tokens, wanted);
    await this.#salience.start(async (signal, tell) => {
      const scores = checked(await host.salience({ ...text, targetMask }, signal, tell), targetMask.length);
      into.keep(wanted, scores);
      return scores;
    });
  }
}

/** The way to ask for selections ahead: one by one where the host can, else all at once; null for none. */
function askerAhead(host: Host): NonNullable<Host['salienceAhead']> | null {
  if (host.salienceAhead) return host.salienceAhead.bind(host);
  const ask = host.salienceOfMany?.bind(host);
  if (!ask) return null;
  return async (input, signal, take) => {
    for (const [i, scores] of (await ask(input, signal)).entries()) take(i, scores);
  };
}

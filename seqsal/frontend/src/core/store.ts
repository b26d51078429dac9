import type { Cut } from './boundaries.js';
import { Cutting } from './cutting.js';
import type { FindStarts } from './cutting.js';
import type { Candidate, Example, Host, Scores } from './host.js';
import { Prefetch, spansAhead } from './prefetch.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';
import { KeptScores, checked, maskOf } from './selections.js';
import { defaultSequence, listSequences } from './sequences.js';
import type { Sequence } from './sequences.js';
import { layTokens } from './tokens.js';
import type { Span, TokenizedText } from './tokens.js';
import { INITIAL, adjust, deselect, extend, select, withMethods } from './view-state.js';
import type { Choices, ViewState } from './view-state.js';

/** What the user did. Elements send these; only the store acts on them. */
export type Action =
  | { readonly type: 'select'; readonly span: Span; readonly extend: boolean }
  | { readonly type: 'deselect' }
  | { readonly type: 'adjust'; readonly choices: Choices }
  | { readonly type: 'choose'; readonly sequence: Sequence }
  | { readonly type: 'retry' | 'stop'; readonly what: Work };

/** What can be waited for. */
export type Work = 'generation' | 'tokens' | 'salience';

/** All there is to draw at one moment. */
export interface Snapshot {
  readonly state: ViewState;
  readonly example: Example | null;
  readonly methods: readonly string[];
  readonly sequences: readonly Sequence[];
  readonly sequence: Sequence | null;
  readonly generation: Request<readonly Candidate[]>;
  readonly tokens: Request<TokenizedText>;
  readonly cut: Cut;
  /** The search for the custom pattern; idle with any other granularity. */
  readonly pattern: Request<readonly number[]>;
  readonly salience: Request<Scores>;
}

/** Holds what is chosen and what is known, and asks the host for what is missing. */
export class SalienceStore {
  #state = INITIAL;
  #example: Example | null = null;
  #host: Host | null = null;
  #sequence: Sequence | null = null;
  #kept = new KeptScores();
  readonly #changed: () => void;
  readonly #generation: RequestSlot<readonly Candidate[]>;
  readonly #tokens: RequestSlot<TokenizedText>;
  readonly #cutting: Cutting;
  readonly #salience: RequestSlot<Scores>;
  readonly #ahead: Prefetch;

  constructor(changed: () => void, findStarts: FindStarts) {
    const changedAndFree = (): void => {
      this.#ahead.resume();
      changed();
    };
    this.#changed = changed;
    this.#generation = new RequestSlot(changedAndFree);
    this.#tokens = new RequestSlot(changed);
    this.#cutting = new Cutting(changed, findStarts);
    this.#salience = new RequestSlot(changedAndFree);
    // What the user waits for goes first.
    this.#ahead = new Prefetch(() => this.#generation.pending || this.#salience.pending);
  }

  get snapshot(): Snapshot {
    const generation = this.#generation.state;
    return {
      state: this.#state,
      example: this.#example,
      methods: this.#host?.methods ?? [],
      sequences: this.#sequences(),
      sequence: this.#sequence,
      generation,
      tokens: this.#tokens.state,
      cut: this.#cutting.cut,
      pattern: this.#cutting.pattern,
      salience: this.#salience.state,
    };
  }

  /** Turns to another example, or to none. Nothing of the one before stays but the user's choices. */
  show(example: Example | null, host: Host | null): void {
    this.#generation.reset();
    this.#example = example;
    this.#host = host;
    this.#state = withMethods(this.#state, host?.methods ?? []);
    this.#take(null);
    if (example !== null && host !== null) {
      void this.#generate();
      this.#takeDefault();
    }
    this.#changed();
  }

  dispatch(action: Action): void {
    switch (action.type) {
      case 'select':
        this.#setSelection(action.extend ? extend(this.#state, action.span) : select(this.#state, action.span));
        break;
      case 'deselect':
        this.#setSelection(deselect(this.#state));
        break;
      case 'adjust':
        this.#adjust(action.choices);
        break;
      case 'choose':
        this.#state = adjust(this.#state, { preferred: action.sequence.source });
        this.#take(action.sequence);
        break;
      case 'retry':
        void this.#ask(action.what);
        break;
      case 'stop':
        this.#slot(action.what).stop();
        break;
    }
    this.#changed();
  }

  #adjust(choices: Choices): void {
    const { granularity } = this.#state;
    this.#state = withMethods(adjust(this.#state, choices), this.#host?.methods ?? []);
    if (this.#state.granularity !== granularity) void this.#cutText();
  }

  #slot(work: Work): { stop(): void } {
    return { generation: this.#generation, tokens: this.#tokens, salience: this.#salience }[work];
  }

  #ask(work: Work): Promise<void> {
    switch (work) {
      case 'generation':
        return this.#generate();
      case 'tokens':
        return this.#tokenize();
      case 'salience':
        return this.#explain();
    }
  }

  #sequences(): Sequence[] {
    if (this.#example === null) return [];
    const generation = this.#generation.state;
    return listSequences(this.#example, generation.status === 'ready' ? generation.value : []);
  }

  #take(sequence: Sequence | null): void {
    this.#sequence = sequence;
    this.#kept = new KeptScores();
    this.#ahead.stop();
    this.#tokens.reset();
    this.#setSelection(deselect(this.#state));
    if (sequence !== null) void this.#tokenize();
  }

  #takeDefault(): void {
    const sequence = defaultSequence(this.#sequences(), this.#state.preferred, this.#generation.pending);
    if (sequence !== null) this.#take(sequence);
  }

  #setSelection(state: ViewState): void {
    const moved = state.selection !== this.#state.selection;
    this.#state = state;
    if (moved) void this.#explain();
  }

  async #generate(): Promise<void> {
    const [example, host] = [this.#example, this.#host];
    if (example === null || host === null) return;
    await this.#generation.start((signal) => host.generate(example.prompt, signal));
    if (this.#sequence === null) this.#takeDefault();
  }

  async #tokenize(): Promise<void> {
    const [example, host, sequence] = [this.#example, this.#host, this.#sequence];
    if (example === null || host === null || sequence === null) return;
    const { prompt } = example;
    const target = sequence.text;
    await this.#tokens.start(async (signal) => {
      const { tokens, special } = await host.tokenize({ prompt, target }, signal);
      const laid = layTokens(tokens, special, prompt, target);
      // Together, or the text would be drawn in other segments first.
      if (!signal.aborted) await this.#cutting.apply(laid.text, this.#state.granularity);
      return laid;
    });
    await this.#cutText();
  }

  async #cutText(): Promise<void> {
    this.#ahead.stop();
    const [tokens, { granularity }] = [this.#tokens.state, this.#state];
    if (tokens.status !== 'ready') return;
    await this.#cutting.apply(tokens.value.text, granularity);
    if (this.#tokens.state === tokens && this.#state.granularity === granularity) this.#askAhead(tokens.value);
  }

  /** So that a click on the answer is painted at once. */
  #askAhead(tokens: TokenizedText): void {
    // Taken now: an answer that comes late goes where nobody looks any more, not to the next sequence.
    const [example, sequence, host, kept] = [this.#example, this.#sequence, this.#host, this.#kept];
    if (!example || !sequence || !host?.salienceOfMany) return;
    const text = { prompt: example.prompt, target: sequence.text };
    const ask = host.salienceOfMany.bind(host);
    this.#ahead.start(spansAhead(tokens, this.#cutting.cut, host.methods.length), async (wanted, signal) => {
      const spans = wanted.filter((span) => kept.get(span) === undefined);
      if (spans.length === 0) return;
      const results = await ask({ ...text, targetMasks: spans.map((span) => maskOf(tokens, span)) }, signal);
      for (const [i, span] of spans.entries()) {
        if (results[i]) kept.keep(span, checked(results[i], tokens.tokens.length));
      }
      this.#useKept();
    });
  }

  /** What a click waits for may have come with what was asked for ahead. */
  #useKept(): void {
    const { selection } = this.#state;
    const kept = selection && this.#kept.get(selection);
    if (kept && this.#salience.pending) this.#salience.resolve(kept);
  }

  async #explain(): Promise<void> {
    const [host, tokens, selection] = [this.#host, this.#tokens.state, this.#state.selection];
    const [example, sequence] = [this.#example, this.#sequence];
    if (!example || !sequence || !host || !selection || tokens.status !== 'ready') {
      this.#salience.reset();
      return;
    }
    const into = this.#kept;
    const kept = into.get(selection);
    if (kept !== undefined) {
      this.#salience.resolve(kept);
      return;
    }
    const targetMask = maskOf(tokens.value, selection);
    const input = { prompt: example.prompt, target: sequence.text, targetMask };
    await this.#salience.start(async (signal) => {
      const scores = checked(await host.salience(input, signal), targetMask.length);
      into.keep(selection, scores);
      return scores;
    });
  }
}

import type { Candidate, Example, Host, Scores } from './host.js';
import { RequestSlot } from './request.js';
import type { Request } from './request.js';
import { defaultSequence, listSequences } from './sequences.js';
import type { Sequence } from './sequences.js';
import { layTokens } from './tokens.js';
import type { Span, TokenizedText } from './tokens.js';
import { INITIAL, adjust, deselect, extend, select, withMethods } from './view-state.js';
import type { ViewState } from './view-state.js';

/** What the user did. Elements send these; only the store acts on them. */
export type Action =
  | { readonly type: 'select'; readonly span: Span; readonly extend: boolean }
  | { readonly type: 'deselect' }
  | { readonly type: 'adjust'; readonly choices: Partial<Omit<ViewState, 'selection' | 'anchor'>> }
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
  readonly salience: Request<Scores>;
}

/** Answers kept for one example, so that going back to a selection costs no request. */
const KEPT = 64;

/** Holds what is chosen and what is known, and asks the host for what is missing. */
export class SalienceStore {
  #state = INITIAL;
  #example: Example | null = null;
  #host: Host | null = null;
  #sequence: Sequence | null = null;
  #kept = new Map<string, Scores>();
  readonly #changed: () => void;
  readonly #generation: RequestSlot<readonly Candidate[]>;
  readonly #tokens: RequestSlot<TokenizedText>;
  readonly #salience: RequestSlot<Scores>;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#generation = new RequestSlot(changed);
    this.#tokens = new RequestSlot(changed);
    this.#salience = new RequestSlot(changed);
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
        this.#state = withMethods(adjust(this.#state, action.choices), this.#host?.methods ?? []);
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
    this.#kept = new Map();
    this.#tokens.reset();
    this.#setSelection(deselect(this.#state));
    if (sequence !== null) void this.#tokenize();
  }

  #takeDefault(): void {
    const writing = this.#generation.state.status === 'pending';
    const sequence = defaultSequence(this.#sequences(), this.#state.preferred, writing);
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
      return layTokens(tokens, special, prompt, target);
    });
  }

  async #explain(): Promise<void> {
    const [host, tokens, selection] = [this.#host, this.#tokens.state, this.#state.selection];
    const [example, sequence] = [this.#example, this.#sequence];
    if (!example || !sequence || !host || !selection || tokens.status !== 'ready') {
      this.#salience.reset();
      return;
    }
    const key = JSON.stringify([example.key, sequence.text, selection.start, selection.end]);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#salience.resolve(kept);
      return;
    }
    const into = this.#kept;
    const targetMask = maskOf(tokens.value, selection);
    const input = { prompt: example.prompt, target: sequence.text, targetMask };
    await this.#salience.start(async (signal) => {
      const scores = checked(await host.salience(input, signal), targetMask.length);
      keep(into, key, scores);
      return scores;
    });
  }
}

/** 1 for the selected tokens. Special ones inside a range stay out: nobody chose them, and the model did not write them. */
function maskOf({ special }: TokenizedText, { start, end }: Span): number[] {
  return special.map((isSpecial, i) => (i >= start && i < end && !isSpecial ? 1 : 0));
}

/** Scores for another number of tokens would be painted on the wrong words. */
function checked(scores: Scores, count: number): Scores {
  for (const [method, values] of Object.entries(scores)) {
    if (values.length === count) continue;
    const got = String(values.length);
    throw new Error(`The model scored ${got} tokens with ${method}, but the text has ${String(count)}.`);
  }
  return scores;
}

function keep(kept: Map<string, Scores>, key: string, scores: Scores): void {
  const [oldest] = kept.keys();
  if (kept.size >= KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, scores);
}

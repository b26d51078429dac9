import { checkedLength } from '../scores/cache.js';
import type { Logprobs } from '../scores/certainty.js';
import { familyOf, nameOf } from '../scores/methods.js';
import { setsEqual } from '../text/token-set.js';
import { layTokens } from '../text/tokens.js';
import type { Span, TokenizedText } from '../text/tokens.js';
import { Cutting } from './cutting.js';
import type { FindStarts } from './cutting.js';
import type { Candidate, Example, Host } from './host.js';
import { memo } from './memo.js';
import { placeOf, printOf, selectionAt, sequenceAt } from './place.js';
import type { Place } from './place.js';
import { RequestSlot, writtenOf } from './request.js';
import { ScoreLoader } from './score-loader.js';
import { defaultSequence, listSequences } from './sequences.js';
import type { Sequence } from './sequences.js';
import type { Snapshot } from './snapshot.js';
import { INITIAL, adjust, deselect, select, withMethods } from './view-state.js';
import type { Choices, Gesture, ViewState } from './view-state.js';

/** What the user did. Elements send these; only the store acts on them. */
export type Action =
  | { readonly type: 'select'; readonly span: Span; readonly how: Gesture; readonly anchor?: Span }
  | { readonly type: 'deselect' }
  | { readonly type: 'adjust'; readonly choices: Choices }
  | { readonly type: 'choose'; readonly sequence: Sequence }
  | { readonly type: 'retry' | 'stop'; readonly what: Work };

/** What can be waited for. */
export type Work = 'generation' | 'tokens' | 'salience' | 'logprobs';

/** Holds what is chosen and what is known, and asks the host for what is missing. */
export class SalienceStore {
  #state = INITIAL;
  #example: Example | null = null;
  #host: Host | null = null;
  #sequence: Sequence | null = null;
  #place: Place | null = null;
  readonly #changed: () => void;
  readonly #generation: RequestSlot<readonly Candidate[]>;
  readonly #tokens: RequestSlot<TokenizedText>;
  readonly #cutting: Cutting;
  readonly #logprobs: RequestSlot<Logprobs>;
  readonly #scores: ScoreLoader;
  readonly #printed = memo(printOf);

  constructor(changed: () => void, findStarts: FindStarts) {
    const changedAndFree = (): void => {
      this.#scores.resumePrefetch();
      changed();
    };
    this.#changed = changed;
    this.#generation = new RequestSlot(changedAndFree);
    this.#tokens = new RequestSlot(changed);
    this.#cutting = new Cutting(changed, findStarts);
    this.#logprobs = new RequestSlot(changedAndFree);
    this.#scores = new ScoreLoader(changed, () => this.#generation.pending || this.#logprobs.pending);
  }

  get snapshot(): Snapshot {
    return {
      state: this.#state,
      example: this.#example,
      methods: this.#host?.methods ?? [],
      sequences: this.#sequences(),
      sequence: this.#sequence,
      generation: this.#generation.state,
      tokens: this.#tokens.state,
      cut: this.#cutting.cut,
      pattern: this.#cutting.pattern,
      salience: this.#scores.salience,
      logprobs: this.#logprobs.state,
      hasLogprobs: this.#host?.logprobs !== undefined,
      caveats: this.#host?.caveats ?? null,
      demonstration: this.#host?.demonstration ?? '',
      final: this.#host?.final ?? false,
      cached: this.#scores.cached,
    };
  }

  /** Where the view stands now, or will when what it waits for has come. */
  get place(): Place | null {
    const { selection } = this.#state;
    return this.#place ?? placeOf(this.#example, this.#sequences(), this.#sequence, selection, this.#printed);
  }

  /** Turns to another example, or to none. Nothing of the one before stays but the user's choices. */
  show(example: Example | null, host: Host | null, place: Place | null = null): void {
    // First, so that nobody is told of a place in the old example without its answers.
    [this.#example, this.#host, this.#place] = [null, null, null];
    this.#generation.reset();
    [this.#example, this.#host, this.#place] = [example, host, place];
    this.#state = withMethods(this.#state, methodNames(host));
    this.#take(null);
    if (example !== null && host !== null) {
      void this.#generate();
      this.#takeDefault();
    }
    this.#changed();
  }

  /** Turns to a place in the example that is shown, or will once what is waited for has come. */
  turnTo(place: Place): void {
    this.#place = place;
    const wanted = sequenceAt(place, this.#sequences());
    if (wanted !== null && wanted.text !== this.#sequence?.text) this.#take(wanted);
    else this.#arrive();
    this.#changed();
  }

  dispatch(action: Action): void {
    switch (action.type) {
      case 'select':
        this.#setSelection(select(this.#state, action.span, action.how, action.anchor));
        break;
      case 'deselect':
        this.#setSelection(deselect(this.#state));
        break;
      case 'adjust':
        this.#adjust(action.choices);
        break;
      case 'choose':
        this.#place = null;
        this.#state = adjust(this.#state, { preferred: action.sequence.source });
        this.#take(action.sequence);
        break;
      case 'retry':
        this.#retry(action.what);
        break;
      case 'stop':
        this.#slot(action.what).stop();
        break;
    }
    this.#changed();
  }

  #adjust(choices: Choices): void {
    const { granularity, method } = this.#state;
    this.#state = withMethods(adjust(this.#state, choices), methodNames(this.#host));
    const family = familyOf(this.#host?.methods ?? [], method);
    const otherFamily = this.#state.method !== method && !family.includes(this.#state.method ?? '');
    if (this.#state.method !== method) this.#scores.load(this.#state.selection, this.#state.method);
    if (this.#state.granularity !== granularity || otherFamily) void this.#cutText();
    const { status } = this.#logprobs.state;
    if (this.#state.certainty && status === 'idle') void this.#askLogprobs();
    if (!this.#state.certainty && status !== 'ready') this.#logprobs.reset();
  }

  #slot(work: Work): { stop(): void } {
    return {
      generation: this.#generation,
      tokens: this.#tokens,
      salience: this.#scores,
      logprobs: this.#logprobs,
    }[work];
  }

  #retry(work: Work): void {
    const again = {
      generation: () => this.#generate(),
      tokens: () => this.#tokenize(),
      salience: () => this.#scores.retry(),
      logprobs: () => this.#askLogprobs(),
    };
    void again[work]();
  }

  #sequences(): Sequence[] {
    if (this.#example === null) return [];
    const generation = this.#generation.state;
    return listSequences(this.#example, generation.status === 'ready' ? generation.value : []);
  }

  #take(sequence: Sequence | null): void {
    this.#sequence = sequence;
    this.#tokens.reset();
    this.#logprobs.reset();
    this.#state = deselect(this.#state);
    this.#scores.open(null);
    if (sequence !== null) void this.#tokenize();
  }

  #takeDefault(): void {
    const [sequences, waiting] = [this.#sequences(), this.#generation.pending];
    const wanted = this.#place && sequenceAt(this.#place, sequences);
    if (wanted === null && this.#place?.source === 'response' && waiting) return;
    const sequence = wanted ?? defaultSequence(sequences, this.#state.preferred, waiting);
    if (sequence !== null) this.#take(sequence);
  }

  #setSelection(state: ViewState): void {
    const moved = !setsEqual(state.selection, this.#state.selection);
    this.#state = state;
    this.#place = null;
    if (moved) this.#scores.load(state.selection, state.method);
  }

  async #generate(): Promise<void> {
    const [example, host] = [this.#example, this.#host];
    if (example === null || host === null) return;
    await this.#generation.start((signal, tell) => host.generate(example.prompt, signal, tell));
    // What was written before a stop stays in sight until the user chooses something else.
    if (this.#sequence === null && writtenOf(this.#generation.state) === '') this.#takeDefault();
  }

  async #tokenize(): Promise<void> {
    const [example, host, sequence] = [this.#example, this.#host, this.#sequence];
    if (example === null || host === null || sequence === null) return;
    const text = { prompt: example.prompt, target: sequence.text };
    await this.#tokens.start(async (signal, tell) => {
      const { tokens, special, ids } = await host.tokenize(text, signal, tell);
      const laid = layTokens(tokens, special, text.prompt, text.target, ids);
      // Together, or the text would be drawn in other segments first.
      if (!signal.aborted) await this.#cutting.apply(laid.text, this.#state.granularity);
      return laid;
    });
    const tokens = this.#tokens.state;
    if (tokens.status === 'ready' && this.#sequence === sequence) this.#begin(host, text, tokens.value);
  }

  /** All that needs the tokens. What the user or the place has wished for comes first. */
  #begin(host: Host, text: { prompt: string; target: string }, tokens: TokenizedText): void {
    this.#scores.open({ host, text, tokens });
    this.#arrive();
    if (this.#state.certainty) void this.#askLogprobs();
    void this.#cutText();
    this.#changed();
  }

  /** Selects what the place tells, once there are tokens. */
  #arrive(): void {
    const [place, example, sequence, tokens] = [this.#place, this.#example, this.#sequence, this.#tokens.state];
    if (!place || !example || !sequence || tokens.status !== 'ready') return;
    const selection = selectionAt(place, example.prompt, sequence.text, tokens.value.tokens.length);
    this.#setSelection({ ...this.#state, selection, anchor: selection?.[0] ?? null });
  }

  async #cutText(): Promise<void> {
    this.#scores.stopPrefetch();
    const [tokens, { granularity }] = [this.#tokens.state, this.#state];
    if (tokens.status !== 'ready') return;
    await this.#cutting.apply(tokens.value.text, granularity);
    const same = this.#tokens.state === tokens && this.#state.granularity === granularity;
    if (same) this.#scores.prefetch(this.#cutting.cut, this.#state.method);
  }

  async #askLogprobs(): Promise<void> {
    const [host, example, sequence, tokens] = [this.#host, this.#example, this.#sequence, this.#tokens.state];
    if (!host?.logprobs || !example || !sequence || tokens.status !== 'ready') return;
    const ask = host.logprobs.bind(host);
    const text = { prompt: example.prompt, target: sequence.text };
    await this.#logprobs.start(async (signal, tell) =>
      checkedLength(await ask(text, signal, tell), tokens.value.tokens.length, 'told the certainty of'),
    );
  }
}

function methodNames(host: Host | null): string[] {
  return host?.methods.map(nameOf) ?? [];
}

import type { Logprobs } from '../scores/certainty.js';
import type { Versus } from '../scores/contrast.js';
import { familyOf, nameOf } from '../scores/methods.js';
import { setsEqual } from '../text/token-set.js';
import { alignTokens } from '../text/tokens.js';
import type { Span, TokenizedText } from '../text/tokens.js';
import { Segmenter } from './segmenter.js';
import type { FindStarts } from './segmenter.js';
import { Explanation } from './explanation.js';
import type { Example, Host } from './host.js';
import { memo } from './memo.js';
import { placeOf, fingerprintOf, selectionAt, sequenceAt } from './place.js';
import type { Place } from './place.js';
import { RequestSlot, partialText } from './request.js';
import type { Action } from './action.js';
import { Answers } from './answers.js';
import type { RequestKind } from './request.js';
import { logprobsOf } from './score-loader.js';
import { defaultSequence } from './sequences.js';
import type { Sequence } from './sequences.js';
import { aboutHost } from './snapshot.js';
import type { Snapshot } from './snapshot.js';
import { INITIAL, adjust, deselect, select, withMethods } from './view-state.js';
import type { Choices, ViewState } from './view-state.js';

/** Holds the view's state and what is known, and requests the rest from the host. */
export class SalienceStore {
  #state = INITIAL;
  #example: Example | null = null;
  #host: Host | null = null;
  #sequence: Sequence | null = null;
  #place: Place | null = null;
  readonly #changed: () => void;
  readonly #answers: Answers;
  readonly #tokens: RequestSlot<TokenizedText>;
  readonly #segmenter: Segmenter;
  readonly #logprobs: RequestSlot<Logprobs>;
  readonly #explanation: Explanation;
  readonly #fingerprint = memo(fingerprintOf);

  constructor(changed: () => void, findStarts: FindStarts) {
    const changedAndIdle = (): void => {
      this.#explanation.scores.resumePrefetch();
      changed();
    };
    this.#changed = changed;
    this.#answers = new Answers(changedAndIdle);
    this.#tokens = new RequestSlot(changed);
    this.#segmenter = new Segmenter(changed, findStarts);
    this.#logprobs = new RequestSlot(changedAndIdle);
    this.#explanation = new Explanation(
      changed,
      () => this.#answers.generation.pending || this.#logprobs.pending,
      () => ({ state: this.#state, segmentation: this.#segmenter.segmentation }),
    );
  }

  get snapshot(): Snapshot {
    return {
      state: this.#state,
      example: this.#example,
      sequences: this.#answers.sequences,
      sequence: this.#sequence,
      generation: this.#answers.generation.state,
      tokens: this.#tokens.state,
      segmentation: this.#segmenter.segmentation,
      pattern: this.#segmenter.pattern,
      ...this.#explanation.snapshot,
      logprobs: this.#logprobs.state,
      ...aboutHost(this.#host),
    };
  }

  /** The place of the view, now or once pending requests are answered. */
  get place(): Place | null {
    const { selection } = this.#state;
    return this.#place ?? placeOf(this.#example, this.#answers.sequences, this.#sequence, selection, this.#fingerprint);
  }

  /** Shows another example, or none. Only the user's choices are kept. */
  show(example: Example | null, host: Host | null, place: Place | null = null): void {
    // Cleared first, so that no listener sees a place in the old example without its answers.
    [this.#example, this.#host, this.#place] = [null, null, null];
    this.#answers.reset(null);
    [this.#example, this.#host, this.#place] = [example, host, place];
    this.#state = withMethods(this.#state, methodNames(host));
    this.#begin();
    this.#changed();
  }

  /** Shows a place in the current example, now or once pending requests are answered. */
  goTo(place: Place): void {
    this.#place = place;
    const sequence = sequenceAt(place, this.#answers.sequences);
    if (sequence !== null && sequence.text !== this.#sequence?.text) this.#open(sequence);
    else this.#restoreSelection();
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
        this.#choose(action.sequence);
        break;
      case 'cut':
        if (this.#sequence !== null) this.#choose(this.#answers.cut(this.#sequence, action.end));
        break;
      case 'check':
        void this.#explanation.removeSegments(action.more);
        break;
      case 'contrast':
        this.#contrast(action.versus, action.span);
        break;
      case 'alternatives':
        this.#explanation.alternatives.show(action.position);
        break;
      case 'compare':
        void this.#explanation.showNext(action);
        break;
      case 'retry':
        this.#retry(action.what);
        break;
      case 'stop':
        this.#stop(action.what);
        break;
    }
    this.#changed();
  }

  /** Requests the answer, and shows what can be shown before it. */
  #begin(): void {
    this.#answers.reset(this.#example);
    this.#open(null);
    if (this.#example === null || this.#host === null) return;
    void this.#generate();
    this.#openDefault();
  }

  #choose(sequence: Sequence): void {
    this.#place = null;
    this.#state = adjust(this.#state, { preferred: sequence.source });
    this.#open(sequence);
  }

  #adjust(choices: Choices): void {
    const { granularity, method, aggregation, stop, through } = this.#state;
    this.#state = withMethods(adjust(this.#state, choices), methodNames(this.#host));
    const family = familyOf(this.#host?.methods ?? [], method);
    const otherFamily = this.#state.method !== method && !family.includes(this.#state.method ?? '');
    const rescored = this.#state.method !== method || this.#state.through !== through;
    if (rescored || this.#state.aggregation !== aggregation) this.#explanation.update();
    if (this.#state.granularity !== granularity || otherFamily) void this.#segmentText();
    if (this.#state.stop !== stop && this.#host?.stops === true) this.#begin();
    if (this.#state.certainty && this.#logprobs.state.status === 'idle') void this.#requestLogprobs();
    if (!this.#state.certainty && this.#logprobs.state.status !== 'ready') this.#logprobs.reset();
  }

  #stop(kind: RequestKind): void {
    if (kind === 'generation') this.#answers.generation.stop();
    else if (kind === 'tokens') this.#tokens.stop();
    else if (kind === 'logprobs') this.#logprobs.stop();
    else this.#explanation.stop(kind);
  }

  #retry(kind: RequestKind): void {
    if (kind === 'generation') void this.#generate();
    else if (kind === 'tokens') void this.#tokenize();
    else if (kind === 'logprobs') void this.#requestLogprobs();
    else this.#explanation.retry(kind);
  }

  #open(sequence: Sequence | null): void {
    this.#sequence = sequence;
    this.#tokens.reset();
    this.#logprobs.reset();
    this.#state = deselect(this.#state);
    this.#explanation.open(null);
    if (sequence !== null) void this.#tokenize();
  }

  #openDefault(): void {
    const [sequences, waiting] = [this.#answers.sequences, this.#answers.generation.pending];
    const placed = this.#place && sequenceAt(this.#place, sequences);
    if (placed === null && this.#place?.source === 'response' && waiting) return;
    const sequence = placed ?? defaultSequence(sequences, this.#state.preferred, waiting);
    if (sequence !== null) this.#open(sequence);
  }

  /** Ends a contrast, unless `versus` is given. */
  #setSelection(state: ViewState, versus: Versus | null = null): void {
    const moved = !setsEqual(state.selection, this.#state.selection) || versus !== this.#state.versus;
    this.#state = moved ? { ...state, versus } : state;
    this.#place = null;
    if (moved) this.#explanation.update();
  }

  #contrast(versus: Versus | null, span?: Span): void {
    const selection = span === undefined ? this.#state.selection : [span];
    const accept = (): void => {
      this.#setSelection({ ...this.#state, selection, anchor: selection?.[0] ?? null }, versus);
      this.#changed();
    };
    if (versus === null || selection === null) accept();
    else void this.#explanation.compare(this.#explanation.subjectOf(selection, versus), accept);
  }

  async #generate(): Promise<void> {
    if (this.#host !== null) await this.#answers.generate(this.#host, this.#state.stop);
    // A stopped answer stays on the screen until the user chooses another sequence.
    if (this.#sequence === null && partialText(this.#answers.generation.state) === '') this.#openDefault();
  }

  async #tokenize(): Promise<void> {
    const [example, host, sequence] = [this.#example, this.#host, this.#sequence];
    if (example === null || host === null || sequence === null) return;
    const text = { prompt: example.prompt, target: sequence.text };
    await this.#tokens.start(async (signal, report) => {
      const { tokens, special, ids, messages, ...blocks } = await host.tokenize(text, signal, report);
      const laid = alignTokens(tokens, special, text.prompt, text.target, ids, messages, blocks);
      // Applied before the tokens are shown, or the text would first be drawn in other segments.
      if (!signal.aborted) await this.#segmenter.apply(laid.text, this.#state.granularity);
      return laid;
    });
    const tokens = this.#tokens.state;
    if (tokens.status === 'ready' && this.#sequence === sequence) this.#start(host, text, tokens.value);
  }

  /** Starts everything that needs the tokens. The selection of the user or of the place comes first. */
  #start(host: Host, text: { prompt: string; target: string }, tokens: TokenizedText): void {
    this.#explanation.open({ host, text, tokens });
    this.#restoreSelection();
    if (this.#state.certainty) void this.#requestLogprobs();
    void this.#segmentText();
    this.#changed();
  }

  /** Selects the tokens of the place, once there are tokens. */
  #restoreSelection(): void {
    const [place, example, sequence, tokens] = [this.#place, this.#example, this.#sequence, this.#tokens.state];
    if (!place || !example || !sequence || tokens.status !== 'ready') return;
    const selection = selectionAt(place, example.prompt, sequence.text, tokens.value.tokens.length);
    const versus = selection === null ? null : (place.versus ?? null);
    this.#setSelection({ ...this.#state, selection, anchor: selection?.[0] ?? null }, versus);
  }

  async #segmentText(): Promise<void> {
    this.#explanation.scores.stopPrefetch();
    const [tokens, { granularity }] = [this.#tokens.state, this.#state];
    if (tokens.status !== 'ready') return;
    await this.#segmenter.apply(tokens.value.text, granularity);
    if (this.#tokens.state !== tokens || this.#state.granularity !== granularity) return;
    this.#explanation.update();
    this.#explanation.prefetch();
  }

  async #requestLogprobs(): Promise<void> {
    const scorable = this.#explanation.scores.scorable;
    if (scorable?.host.logprobs) await this.#logprobs.start(logprobsOf(scorable));
  }
}

function methodNames(host: Host | null): string[] {
  return host?.methods.map(nameOf) ?? [];
}

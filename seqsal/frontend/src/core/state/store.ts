import type { Versus } from '../scores/contrast.js';
import { familyOf } from '../scores/methods.js';
import type { Way } from '../text/carry.js';
import { setsEqual } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';
import type { FindStarts } from './segmenter.js';
import { Edits } from './edits.js';
import { NO_KEPT_EDITS } from './edit.js';
import { Explanation } from './explanation.js';
import { methodNames } from './host.js';
import type { Example, Host } from './host.js';
import { sequenceAt } from './place.js';
import type { Place } from './place.js';
import type { Question } from './question.js';
import { partialText } from './request.js';
import type { Action } from './action.js';
import { Answers } from './answers.js';
import type { RequestKind } from './request.js';
import type { Sequence } from './sequences.js';
import { aboutHost, sameComparison } from './snapshot.js';
import type { Compared, Snapshot } from './snapshot.js';
import { TextLoader } from './text-loader.js';
import { WantedSelection } from './wanted-selection.js';
import { INITIAL, adjust, deselect, select, withMethods } from './view-state.js';
import type { Choices, ViewState } from './view-state.js';

/** Holds the view's state and what is known, and requests the rest from the host. */
export class SalienceStore {
  #state = INITIAL;
  #example: Example | null = null;
  #host: Host | null = null;
  #sequence: Sequence | null = null;
  readonly #wanted = new WantedSelection();
  #carriedBy: Way | null = null;
  #compared: Compared | null = null;
  readonly #edits: Edits;
  readonly #changed: () => void;
  readonly #answers: Answers;
  readonly #tokens: TextLoader;
  readonly #explanation: Explanation;

  constructor(changed: () => void, findStarts: FindStarts, kept = NO_KEPT_EDITS) {
    const changedAndIdle = (): void => {
      this.#explanation.scores.resumePrefetch();
      changed();
    };
    this.#changed = changed;
    this.#answers = new Answers(changedAndIdle);
    this.#tokens = new TextLoader(changed, findStarts, () => this.#state.granularity);
    this.#explanation = new Explanation(
      changed,
      () => this.#answers.generation.pending,
      () => ({
        state: this.#state,
        segmentation: this.#tokens.segmenter.segmentation,
        compared: this.#compared !== null,
      }),
    );
    this.#edits = new Edits(changed, kept);
  }

  get snapshot(): Snapshot {
    return {
      state: this.#state,
      example: this.#example,
      sequences: this.#answers.sequences,
      sequence: this.#sequence,
      generation: this.#answers.generation.state,
      tokens: this.#tokens.state,
      compared: this.#compared,
      ...this.#edits.snapshot(this.#tokens.text),
      carriedBy: this.#carriedBy,
      segmentation: this.#tokens.segmenter.segmentation,
      pattern: this.#tokens.segmenter.pattern,
      ...this.#explanation.snapshot,
      ...aboutHost(this.#host),
    };
  }

  /** The place of the view, now or once pending requests are answered. */
  get place(): Place | null {
    return this.#wanted.placeIn(this.#example, this.#answers.sequences, this.#sequence, this.#state);
  }

  /** What is asked about the shown text, now or once pending requests are answered; null without a selection. */
  get question(): Question | null {
    const { selection, versus } = this.#state;
    return this.#wanted.questionIn(this.#tokens.text, this.#sequence, selection, versus);
  }

  /** Shows another example, or none. Only the user's choices are kept, and a place or a question if one is given. */
  show(example: Example | null, host: Host | null, place: Place | null = null, question: Question | null = null): void {
    // Cleared first, so that no listener sees a place in the old example without its answers.
    [this.#example, this.#host] = [null, null];
    this.#wanted.set();
    this.#answers.reset(null);
    this.#edits.open(example, host);
    [this.#example, this.#host] = [example, host];
    this.#wanted.set(place, question);
    this.#state = withMethods(this.#state, methodNames(host));
    this.#begin();
    this.#changed();
  }

  /** Shows a place in the current example, now or once pending requests are answered. */
  goTo(place: Place): void {
    this.#wanted.set(place);
    const sequence = sequenceAt(place, this.#answers.sequences);
    if (sequence !== null && sequence.text !== this.#sequence?.text) this.#open(sequence);
    else this.#restoreSelection();
    this.#changed();
  }

  /** Compares with the view that is shown next to this one; null ends that. */
  compareWith(compared: Compared | null): void {
    if (sameComparison(compared, this.#compared)) return;
    this.#compared = compared;
    this.#explanation.updateCertainty();
    this.#changed();
  }

  dispatch(action: Action): void {
    if (action.type === 'select') this.#edits.before = this.#state;
    if (action.type === 'select') this.#select(select(this.#state, action.span, action.how, action.anchor));
    else if (action.type === 'deselect') this.#setSelection(deselect(this.#state));
    else if (action.type === 'adjust') this.#adjust(action.choices);
    else if (action.type === 'choose') this.#choose(action.sequence);
    else if (action.type === 'cut') this.#choose(this.#answers.cut(this.#sequence, action.end));
    else if (action.type === 'check') void this.#explanation.removeSegments(action.more);
    else if (action.type === 'contrast') this.#contrast(action.versus, action.span);
    else if (action.type === 'alternatives') this.#explanation.alternatives.show(action.position);
    else if (action.type === 'edit') this.#edit(action);
    else if (action.type === 'widen') this.#edits.widen(this.#tokens.text);
    else if (action.type === 'run') void this.#edits.run(this.#tokens.text, action.instead);
    else if (action.type === 'compare') void this.#edits.add(action);
    else if (action.type === 'retry') this.#retry(action.what);
    else this.#stop(action.what);
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

  #edit({ edit, begins = false, again = false, refused }: Extract<Action, { type: 'edit' }>): void {
    const { before } = this.#edits;
    const tokens = this.#tokens.text;
    if (again && before !== null) this.#setSelection(before, before.versus);
    if (begins && edit !== null) this.#edits.begin(edit, tokens);
    else this.#edits.set(edit, tokens, refused);
  }

  #choose(sequence: Sequence | null): void {
    if (sequence === null) return;
    this.#wanted.set();
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
    this.#explanation.updateCertainty();
  }

  #stop(kind: RequestKind): void {
    if (kind === 'generation') this.#answers.generation.stop();
    else if (kind === 'tokens') this.#tokens.stop();
    else if (kind === 'comparison') this.#edits.adding.stop();
    else this.#explanation.stop(kind);
  }

  #retry(kind: RequestKind): void {
    if (kind === 'generation') void this.#generate();
    else if (kind === 'tokens') void this.#tokenize();
    else if (kind === 'comparison') void this.#edits.retry(this.#tokens.text);
    else this.#explanation.retry(kind);
  }

  #open(sequence: Sequence | null): void {
    this.#sequence = sequence;
    this.#tokens.reset();
    this.#state = deselect(this.#state);
    this.#carriedBy = null;
    this.#explanation.open(null);
    if (sequence !== null) void this.#tokenize();
  }

  #openDefault(): void {
    const { sequences, generation } = this.#answers;
    const sequence = this.#wanted.sequence(sequences, this.#state.preferred, generation.pending);
    if (sequence !== null) this.#open(sequence);
  }

  /** The first click on a selection that was carried over keeps it. */
  #select(next: ViewState): void {
    if (next.selection === null && this.#carriedBy !== null) this.#carriedBy = null;
    else this.#setSelection(next);
  }

  /** Ends a contrast, unless `versus` is given. */
  #setSelection(state: ViewState, versus: Versus | null = null): void {
    const moved = !setsEqual(state.selection, this.#state.selection) || versus !== this.#state.versus;
    this.#state = moved ? { ...state, versus } : state;
    this.#wanted.set();
    this.#carriedBy = null;
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
    await this.#tokens.load(host, text);
    const tokens = this.#tokens.text;
    if (tokens !== null && this.#sequence === sequence) this.#start(host, text, tokens);
  }

  /** Starts everything that needs the tokens. The selection of the user or of the place comes first. */
  #start(host: Host, text: { prompt: string; target: string }, tokens: TokenizedText): void {
    this.#explanation.open({ host, text, tokens });
    this.#restoreSelection();
    this.#explanation.updateCertainty();
    void this.#segmentText();
    this.#changed();
  }

  #restoreSelection(): void {
    const [example, sequence, tokens] = [this.#example, this.#sequence, this.#tokens.text];
    if (!example || !sequence || !tokens) return;
    const wanted = this.#wanted.take(example.prompt, sequence.text, tokens, this.#tokens.segmenter.segmentation);
    if (wanted === null) return;
    const contrasts = this.#host?.contrast !== undefined || this.#host?.final === true;
    const selected = { ...this.#state, selection: wanted.selection, anchor: wanted.selection?.[0] ?? null };
    this.#setSelection(selected, contrasts ? wanted.versus : null);
    this.#carriedBy = wanted.carriedBy;
  }

  async #segmentText(): Promise<void> {
    this.#explanation.scores.stopPrefetch();
    if (!(await this.#tokens.segment())) return;
    this.#explanation.update();
    this.#explanation.prefetch();
  }
}

import { LitElement, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Logprobs } from '../../core/scores/certainty.js';
import { entryOf, indexOfSpan, marksOfDraft, selectionOfDraft } from '../../core/state/draft.js';
import type { Edit } from '../../core/state/edit.js';
import type { Draft } from '../../core/state/draft.js';
import type { Gesture } from '../../core/state/view-state.js';
import { selectableSpan } from '../../core/text/segments.js';
import type { Change } from '../../core/text/changes.js';
import type { Segment } from '../../core/text/segment.js';
import { OUT } from '../../core/text/token-set.js';
import type { TokenizedText } from '../../core/text/tokens.js';
import type { Span } from '../../core/text/span.js';
import type { Message } from '../../core/text/message.js';
import { define, sendAction } from '../common/element.js';
import { controls } from '../common/styles.js';
import { TextHighlights } from './highlights.js';
import { InlineEditor } from './inline-editor.js';
import { TextLayout } from './conversation.js';
import { KeyGestures } from './keys.js';
import type { KeyTarget } from './keys.js';
import { measureText } from './measure.js';
import type { Measured } from './measure.js';
import { TextPainter } from './painter.js';
import { TextOffers } from './offers.js';
import { Pencil, pencilStyles } from './pencil.js';
import { PointerGestures } from './pointer.js';
import type { PointerTarget } from './pointer.js';
import { flowIn, renderRegion } from './region.js';
import { revealEnd, revealSection, revealSpan, sharesOf } from './scroll.js';
import { stepTo } from './steps.js';
import { textStyles } from './styles.js';
import { TabStop } from './tab-stop.js';
import { textProperties } from './text-properties.js';
import { NO_THINKING, ThinkingBlocks } from './thinking.js';
import type { ShownThinking } from './thinking.js';
import { thinkingStyles } from './thinking-styles.js';

const NO_SEGMENTS: readonly Segment[] = [];
const NO_MARKS = new Uint8Array();

/**
 * The prompt and the explained sequence as running text, with heat. Dispatches `select` and `deselect` actions,
 * `seqsal-point` with the index of the segment under the pointer or the focus, or null, and the events of `TextOffers`.
 */
export class SeqsalText extends LitElement implements PointerTarget, KeyTarget {
  static override properties = textProperties;

  static override styles = [controls, textStyles, thinkingStyles, pencilStyles];

  /** Shown as plain text until there are segments. */
  declare prompt: string;
  declare target: string;
  declare targetLabel: string;
  declare segments: readonly Segment[];
  declare levels: Int8Array | null;
  declare signed: boolean;
  /** How much of each segment is selected: OUT, PART or WHOLE. */
  declare marks: Uint8Array;
  /** The tokens where the extension of a range starts. */
  declare anchorSpan: Span | null;
  declare density: string;
  declare marking: string;
  /** The messages of the prompt, which are shown until there are segments; null for a plain prompt. */
  declare messages: readonly Message[] | null;
  /** Whether special tokens are shown between the text. */
  declare special: boolean;
  declare tokens: TokenizedText | null;
  /** Whether certainty is shown; null if the model has no log-probabilities. */
  declare certainty: boolean | null;
  declare logprobs: Logprobs | null;
  /** What this text has that the one next to it does not have, in order. */
  declare changes: readonly Change[];
  declare thinking: ShownThinking;
  /** What the user changes in the prompt; undefined if it cannot be changed. */
  declare edit: Edit | null | undefined;
  /** The range that the user is drawing. */
  declare private drafted: Draft | null;

  readonly #painter = new TextPainter(this);
  readonly #folds = new ThinkingBlocks(this);
  readonly #layout = new TextLayout(this.#folds);
  readonly #highlights = new TextHighlights((index) => this.#painter.spanAt(index));
  readonly #pointer = new PointerGestures(this);
  readonly #keys = new KeyGestures(this);
  readonly #offers = new TextOffers(this, this.#highlights.certainty);
  readonly #editor = new InlineEditor(this, (index) => this.#painter.spanAt(index));
  #pointed: number | null = null;
  readonly #tabStop = new TabStop((index) => this.#painter.spanAt(index));

  constructor() {
    super();
    new Pencil(this, (index) => this.#painter.spanAt(index), this.#offers.edit);
    [this.prompt, this.target, this.targetLabel] = ['', '', 'Response'];
    [this.segments, this.marks, this.levels, this.tokens] = [NO_SEGMENTS, NO_MARKS, null, null];
    [this.signed, this.special, this.anchorSpan] = [false, false, null];
    [this.density, this.marking] = ['roomy', 'fill'];
    [this.certainty, this.logprobs, this.messages, this.changes] = [null, null, null, []];
    [this.drafted, this.thinking] = [null, NO_THINKING];
  }

  /** Where each segment starts, as a share of the text's height. It measures the page, so do not call it in each frame. */
  positions(): Float64Array {
    return sharesOf(this, this.#folds.tops(this.#painter.tops()));
  }

  /** Brings the answer into view, or its end. */
  revealTarget(end = false): void {
    (end ? revealEnd : revealSection)(this, this.renderRoot.querySelector('.target'));
  }

  /** Brings a segment into view and marks it. */
  reveal(index: number): void {
    const span = this.#painter.spanAt(index);
    if (!span) return;
    if (this.#folds.hides(index)) this.#folds.open();
    this.renderRoot.querySelector('[data-here]')?.removeAttribute('data-here');
    span.dataset['here'] = '';
    this.#tabStop.move(index);
    revealSpan(this, span);
  }

  measure(captions: readonly string[]): Measured {
    return this.#painter.whole(() => measureText(this, this.#highlights.certainty, captions));
  }

  /** Where a segment is in the window. */
  boxOf(index: number): DOMRect | null {
    return this.#painter.spanAt(index)?.getBoundingClientRect() ?? null;
  }

  readonly indexOf = (span: Element): number | null => this.#painter.indexAt(span);

  /** The focused segment, or the one that would get the focus. */
  get current(): number {
    return this.#tabStop.index;
  }

  protected override render(): TemplateResult {
    return html`<div
      @click=${this.#onClick}
      @contextmenu=${this.#offers.contextmenu}
      @dblclick=${this.#offers.dblclick}
      @pointerdown=${this.#pointer.down}
      @mousedown=${this.#pointer.mousedown}
      @keydown=${this.#onKey}
      @keyup=${this.#keys.up}
      @pointerover=${this.#onPoint}
      @pointerleave=${this.#onPoint}
      @focusin=${this.#onPoint}
      @focusout=${this.#onFocusOut}
    >
      ${this.#renderRegion('prompt', 'Prompt')} ${this.#renderRegion('target', this.targetLabel)}
    </div>`;
  }

  #renderRegion(region: 'prompt' | 'target', name: string): TemplateResult {
    const [open, known] = [this.segments.length > 0, this.logprobs !== null];
    const divided = region === 'target' && (this.tokens?.thinking.length ?? 0) > 0;
    return renderRegion({ region, name, open, divided, known, certainty: region === 'target' ? this.certainty : null });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#highlights.paint(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#pointer.cancel();
    this.#highlights.clear();
  }

  protected override updated(changed: PropertyValues<this>): void {
    const textChanged = (['segments', 'prompt', 'target', 'messages'] as const).some((name) => changed.has(name));
    if (textChanged) this.#build();
    const moved = this.#folds.update(this.thinking);
    if (moved || textChanged) this.#tabStop.move(this.#folds.shown(this.#tabStop.index));
    const restyled = (['density', 'marking', 'special'] as const).some((name) => changed.has(name));
    if (!textChanged && (moved || restyled)) this.#painter.remeasure();
    flowIn(this.renderRoot, 'target').parentElement?.toggleAttribute('hidden', this.target === '');
    const marks = this.drafted ? marksOfDraft(this.segments, this.marks, this.drafted) : this.marks;
    this.#painter.paint({ levels: this.levels, signed: this.signed, marks });
    this.#highlights.update(this, changed, textChanged);
    if (textChanged || changed.has('edit')) this.#editor.update(textChanged);
  }

  #build(): void {
    const [prompt, target] = [flowIn(this.renderRoot, 'prompt'), flowIn(this.renderRoot, 'target')];
    [this.#pointed, this.drafted] = [null, null];
    this.#tabStop.reset();
    this.#pointer.cancel();
    this.#painter.build(this.#layout.lay(prompt, target, this), this.segments);
    this.toggleAttribute('conversation', prompt.querySelector('.message') !== null);
    if (this.segments.length > 0) this.#tabStop.move(entryOf(this.segments, this.marks));
  }

  segmentOf(event: Event): number | null {
    return this.#painter.indexOf(event);
  }

  segmentAt(x: number, y: number): number | null {
    return this.#painter.indexAt((this.renderRoot as ShadowRoot).elementFromPoint(x, y));
  }

  readonly rectOf = (index: number): DOMRect | null => this.#painter.spanAt(index)?.getClientRects()[0] ?? null;

  step(key: string, from: number): number | null {
    return stepTo(key, from, this.segments, this.rectOf);
  }

  focusSegment(index: number, options?: FocusOptions): void {
    this.#tabStop.focus(index, options);
  }

  choose(index: number, how: Gesture): void {
    const segment = this.segments[index];
    const span = segment ? selectableSpan(segment) : null;
    if (!this.#painter.spanAt(index)?.matches(':focus'))
      this.focusSegment(index, { preventScroll: true, focusVisible: false });
    if (span !== null) sendAction(this, { type: 'select', span, how });
  }

  edits(index: number): boolean {
    return this.edit !== undefined && this.segments[index]?.region === 'prompt';
  }

  deselect(): boolean {
    if (this.marks.every((mark) => mark === OUT)) return false;
    sendAction(this, { type: 'deselect' });
    return true;
  }

  anchor(): number | null {
    return this.anchorSpan && indexOfSpan(this.segments, this.anchorSpan);
  }

  draft(from: number, to: number, adding: boolean): void {
    this.drafted = { from, to, adding };
  }

  finish(accepted: boolean): void {
    const { drafted } = this;
    this.drafted = null;
    const choice = accepted && drafted ? selectionOfDraft(this.segments, drafted) : null;
    if (choice === null) return;
    sendAction(this, { type: 'select', ...choice });
    this.#tabStop.move(drafted?.to ?? 0);
  }

  readonly #onClick = (event: MouseEvent): void => {
    this.#pointer.click(event);
    this.#offers.click(event);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (this.#offers.key(event)) return;
    if (event.key === 'Escape' && this.#pointer.drawing) {
      this.#pointer.cancel();
      event.stopPropagation();
    } else this.#keys.down(event);
  };

  readonly #onPoint = (event: Event): void => {
    this.#point(event.type === 'pointerleave' ? null : this.segmentOf(event));
  };

  readonly #onFocusOut = (event: FocusEvent): void => {
    if (this.renderRoot.contains(event.relatedTarget as Node | null)) return;
    this.#keys.finish();
    this.#point(null);
  };

  #point(index: number | null): void {
    if (index === this.#pointed) return;
    this.#pointed = index;
    this.dispatchEvent(new CustomEvent<number | null>('seqsal-point', { detail: index }));
  }
}

define('seqsal-text', SeqsalText);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-text': SeqsalText;
  }
}

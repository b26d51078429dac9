import { LitElement, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { selectableSpan } from '../core/segments.js';
import type { Segment } from '../core/segments.js';
import type { Span } from '../core/tokens.js';
import { sendAction } from './events.js';
import { controls } from './styles.js';
import { TextPainter } from './text-painter.js';
import { stepTo } from './text-steps.js';
import { textStyles } from './text-styles.js';

const NO_SEGMENTS: readonly Segment[] = [];

/**
 * The prompt and the sequence under explanation as running text, with heat. Sends `select` and `deselect` actions, and
 * `seqsal-point` with the index of the segment under the pointer or the focus, or null.
 */
export class SeqsalText extends LitElement {
  static override properties = {
    prompt: {},
    target: {},
    targetLabel: {},
    segments: { attribute: false },
    levels: { attribute: false },
    signed: { type: Boolean },
    selected: { attribute: false },
    selection: { attribute: false },
    density: { reflect: true },
    marking: { reflect: true },
    special: { type: Boolean, reflect: true },
  };

  static override styles = [controls, textStyles];

  /** Shown as they are until there are segments. */
  declare prompt: string;
  declare target: string;
  declare targetLabel: string;
  declare segments: readonly Segment[];
  declare levels: Int8Array | null;
  declare signed: boolean;
  declare selected: Span;
  declare selection: Span | null;
  declare density: string;
  declare marking: string;
  /** Whether special tokens are shown between the text. */
  declare special: boolean;

  readonly #painter = new TextPainter();
  #pointed: number | null = null;
  #tabStop = -1;
  #downAt = { x: 0, y: 0 };

  constructor() {
    super();
    this.prompt = '';
    this.target = '';
    this.targetLabel = 'Response';
    this.segments = NO_SEGMENTS;
    this.levels = null;
    this.signed = false;
    this.selected = { start: 0, end: 0 };
    this.selection = null;
    this.density = 'roomy';
    this.marking = 'fill';
    this.special = false;
  }

  /** Where each segment starts, as a share of the height of the whole text. Measures the page: not for each frame. */
  positions(): Float64Array {
    const origin = this.getBoundingClientRect().top - this.scrollTop;
    return this.#painter.tops().map((top) => (top - origin) / this.scrollHeight);
  }

  /** Brings the start of the target into view, with some of the prompt above it, unless all of it is there already. */
  revealTarget(): void {
    const section = this.#flow('target').parentElement;
    if (!section || section.getBoundingClientRect().bottom <= this.getBoundingClientRect().bottom) return;
    // Not scrollIntoView, which would move the panes of the page around this one too.
    const top = section.getBoundingClientRect().top - this.getBoundingClientRect().top;
    this.scrollTop += top - this.clientHeight * 0.4;
  }

  protected override render(): TemplateResult {
    return html`<div
      role="listbox"
      aria-multiselectable="true"
      aria-label="Text. Choose a segment to see what the model leaned on when it wrote it."
      @click=${this.#onClick}
      @keydown=${this.#onKey}
      @pointerover=${this.#onPoint}
      @pointerleave=${this.#onLeave}
      @focusin=${this.#onFocus}
      @mousedown=${this.#onDown}
    >
      ${renderRegion('prompt', 'Prompt')} ${renderRegion('target', this.targetLabel)}
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const textChanged = changed.has('segments') || changed.has('prompt') || changed.has('target');
    if (textChanged) this.#build();
    this.#flow('target').parentElement?.toggleAttribute('hidden', this.target === '');
    this.#painter.paint(this);
  }

  #build(): void {
    const [prompt, target] = [this.#flow('prompt'), this.#flow('target')];
    this.#tabStop = -1;
    this.#pointed = null;
    this.#painter.build(prompt, target, this.segments);
    if (this.segments.length === 0) {
      prompt.textContent = this.prompt;
      target.textContent = this.target;
      return;
    }
    const first = this.selected.end > 0 ? this.selected.start : this.segments.findIndex(isAnswer);
    this.#setTabStop(first >= 0 ? first : 0);
  }

  #flow(region: 'prompt' | 'target'): HTMLElement {
    const flow = this.renderRoot.querySelector<HTMLElement>(`.${region} .flow`);
    if (flow === null) throw new Error(`The ${region} has not been rendered yet.`);
    return flow;
  }

  #setTabStop(index: number): void {
    this.#painter.spanAt(this.#tabStop)?.removeAttribute('tabindex');
    this.#painter.spanAt(index)?.setAttribute('tabindex', '0');
    this.#tabStop = index;
  }

  #focus(index: number): void {
    this.#setTabStop(index);
    this.#painter.spanAt(index)?.focus();
  }

  #choose(index: number, extend: boolean): void {
    const segment = this.segments[index];
    const span = segment ? selectableSpan(segment) : null;
    if (span !== null) sendAction(this, { type: 'select', span, extend });
  }

  readonly #onDown = (event: MouseEvent): void => {
    this.#downAt = { x: event.x, y: event.y };
    // Shift-click would mark text from the last click on; here it extends the range of segments.
    if (event.shiftKey) event.preventDefault();
  };

  readonly #onClick = (event: MouseEvent): void => {
    const index = this.#painter.indexOf(event);
    // Whoever drags over the text wants to copy it.
    const dragged = Math.hypot(event.x - this.#downAt.x, event.y - this.#downAt.y) > 4;
    if (index === null || dragged) return;
    this.#setTabStop(index);
    this.#choose(index, event.shiftKey);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const from = this.#painter.indexOf(event);
    if (from === null || !this.#act(event, from)) return;
    event.preventDefault();
    // LIT leaves its full screen on Escape; a key that did something here is not also for the page.
    event.stopPropagation();
  };

  /** Whether the key means something on segment `from`. */
  #act(event: KeyboardEvent, from: number): boolean {
    if (event.key === 'Escape') {
      if (this.selection === null) return false;
      sendAction(this, { type: 'deselect' });
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.#choose(from, event.shiftKey);
    } else {
      return this.#move(event, from);
    }
    return true;
  }

  #move(event: KeyboardEvent, from: number): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const rectOf = (i: number): DOMRect | null => this.#painter.spanAt(i)?.getClientRects()[0] ?? null;
    const to = stepTo(event.key, from, this.segments, rectOf);
    if (to === null) return false;
    this.#focus(to);
    return true;
  }

  readonly #onPoint = (event: PointerEvent): void => {
    this.#point(this.#painter.indexOf(event));
  };

  readonly #onLeave = (): void => {
    this.#point(null);
  };

  readonly #onFocus = (event: FocusEvent): void => {
    this.#point(this.#painter.indexOf(event));
  };

  #point(index: number | null): void {
    if (index === this.#pointed) return;
    this.#pointed = index;
    this.dispatchEvent(new CustomEvent<number | null>('seqsal-point', { detail: index }));
  }
}

function renderRegion(region: 'prompt' | 'target', name: string): TemplateResult {
  return html`<section class="region ${region}" role="group" aria-label=${name}>
    <div class="name" aria-hidden="true">${name}</div>
    <div class="flow"></div>
  </section>`;
}

function isAnswer(segment: Segment): boolean {
  return segment.region === 'target' && !segment.special;
}

customElements.define('seqsal-text', SeqsalText);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-text': SeqsalText;
  }
}

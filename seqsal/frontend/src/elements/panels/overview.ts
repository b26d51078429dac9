import { LitElement, css, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Segment } from '../../core/text/segment.js';
import { OUT } from '../../core/text/token-set.js';
import { define } from '../common/element.js';
import type { SeqsalText } from '../text/text.js';

const WIDTH = 12;
/** Thinner marks would be hard to see. */
const MARK = 3;

/** How far keys scroll, as shares of the visible height. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -0.2,
  ArrowDown: 0.2,
  PageUp: -0.9,
  PageDown: 0.9,
  Home: -Infinity,
  End: Infinity,
};

/**
 * A strip next to a scrolling text with the heat of all of it, which shows where to look in a long prompt. A click or a drag
 * scrolls there. For the keyboard it is a scroll bar.
 */
export class SeqsalOverview extends LitElement {
  static override properties = {
    text: { attribute: false },
    segments: { attribute: false },
    levels: { attribute: false },
    signed: { type: Boolean },
    marks: { attribute: false },
    layout: {},
  };

  static override styles = css`
    :host {
      flex: none;
      width: 12px;
      border-left: 1px solid var(--seqsal-line);
      background: var(--seqsal-surface);
      cursor: pointer;
      touch-action: none;
    }
    :host(:focus-visible) {
      outline: 2px solid var(--seqsal-accent);
      outline-offset: -2px;
    }
    /* It keeps its width: otherwise the first heat would change the width of the text and cause a second layout. */
    :host([idle]) {
      visibility: hidden;
    }
    canvas {
      display: block;
      width: 100%;
      height: 100%;
    }
  `;

  /** The text that it shows. */
  declare text: SeqsalText | null;
  declare segments: readonly Segment[];
  declare levels: Int8Array | null;
  declare signed: boolean;
  /** How much of each segment is selected. */
  declare marks: Uint8Array;
  /** Changes when a display choice moves the lines. */
  declare layout: string;
  #positions: Float64Array | null = null;
  #frame = 0;
  #dragged = false;
  readonly #onMeasured = (): void => {
    this.#positions = null;
    this.#schedule();
  };
  readonly #resized = new ResizeObserver(this.#onMeasured);

  constructor() {
    super();
    this.text = null;
    this.segments = [];
    this.levels = null;
    this.signed = false;
    this.marks = new Uint8Array();
    this.layout = '';
    this.addEventListener('click', this.#onClick);
    this.addEventListener('pointermove', this.#onDrag);
    this.addEventListener('keydown', this.#onKey);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = 'scrollbar';
    this.tabIndex = 0;
    this.ariaLabel = 'Overview of the heat';
    this.ariaOrientation = 'vertical';
    this.ariaValueMin = '0';
    this.ariaValueMax = '100';
    this.ariaValueNow ??= '0';
    this.#watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch(this.text);
    cancelAnimationFrame(this.#frame);
  }

  protected override render(): TemplateResult {
    return html`<canvas></canvas>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('text')) {
      this.#unwatch(changed.get('text') ?? null);
      this.#watch();
    }
    if (changed.has('segments') || changed.has('layout')) this.#positions = null;
    this.#schedule();
  }

  /** Starts with the current position: the text may have been laid out and scrolled before. */
  #watch(): void {
    if (this.text === null) return;
    this.#resized.observe(this.text); // Which also reports its present size.
    this.text.addEventListener('scroll', this.#onScroll, { passive: true });
    this.text.addEventListener('seqsal-measured', this.#onMeasured);
    this.#onScroll();
  }

  #unwatch(text: SeqsalText | null): void {
    this.#resized.disconnect();
    text?.removeEventListener('scroll', this.#onScroll);
    text?.removeEventListener('seqsal-measured', this.#onMeasured);
  }

  /** Draws one frame later: measuring in the same frame would delay the text. */
  #schedule(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.#frame = requestAnimationFrame(() => {
        this.#draw();
      });
    });
  }

  #draw(): void {
    const { text } = this;
    const idle = text === null || this.levels === null || text.scrollHeight <= text.clientHeight + 1;
    this.toggleAttribute('idle', idle);
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (idle || !canvas || !context) return;
    this.#positions ??= text.positions();
    const scale = devicePixelRatio;
    const height = this.clientHeight;
    canvas.width = WIDTH * scale;
    canvas.height = height * scale;
    context.scale(scale, scale);
    this.#drawMarks(context, this.#positions, height);
  }

  /** Weakest first, so that a strong mark is never under a weak one. */
  #drawMarks(context: CanvasRenderingContext2D, positions: Float64Array, height: number): void {
    const style = getComputedStyle(this);
    const colourOf = memoized((level: number) => style.getPropertyValue(this.#colourName(level)));
    const levels = this.levels ?? new Int8Array();
    const order = Array.from(levels.keys()).filter((i) => levels[i] !== 0);
    order.sort((a, b) => Math.abs(levels[a] ?? 0) - Math.abs(levels[b] ?? 0));
    for (const i of order) {
      context.fillStyle = colourOf(levels[i] ?? 0);
      context.fillRect(0, (positions[i] ?? 0) * height, WIDTH, MARK);
    }
    context.fillStyle = style.getPropertyValue('--seqsal-selected');
    for (const [i, mark] of this.marks.entries()) {
      if (mark !== OUT) context.fillRect(0, (positions[i] ?? 0) * height, WIDTH, MARK);
    }
  }

  #colourName(level: number): string {
    const ramp = this.signed ? (level > 0 ? 'support' : 'against') : 'strength';
    return `--seqsal-${ramp}-${String(Math.abs(level))}`;
  }

  readonly #onClick = (event: MouseEvent): void => {
    this.#go(event.offsetY, this.#dragged ? 'instant' : 'smooth');
    this.#dragged = false;
  };

  readonly #onDrag = (event: PointerEvent): void => {
    if (event.buttons !== 1) return;
    this.#dragged = true;
    this.#go(event.offsetY, 'instant');
  };

  #go(y: number, behavior: ScrollBehavior): void {
    if (!this.text) return;
    const share = y / this.clientHeight;
    this.text.scrollTo({ top: share * this.text.scrollHeight - this.text.clientHeight / 2, behavior });
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step === undefined || !this.text) return;
    const { scrollTop, scrollHeight, clientHeight } = this.text;
    this.text.scrollTop = Math.min(scrollHeight, Math.max(0, scrollTop + step * clientHeight));
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.text ?? this;
    this.ariaValueNow = String(Math.round((100 * scrollTop) / Math.max(1, scrollHeight - clientHeight)));
  };
}

/** Memoizes by level: reading a colour from the browser is slower than drawing with it. */
function memoized(compute: (level: number) => string): (level: number) => string {
  const colours = new Map<number, string>();
  return (level) => {
    const colour = colours.get(level) ?? compute(level);
    colours.set(level, colour);
    return colour;
  };
}

define('seqsal-overview', SeqsalOverview);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-overview': SeqsalOverview;
  }
}

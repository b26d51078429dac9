import { LitElement, css, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Segment } from '../core/segments.js';
import type { Span } from '../core/tokens.js';
import type { SeqsalText } from './text.js';

const WIDTH = 12;
/** Thinner marks could not be seen. */
const MARK = 3;

/**
 * A strip beside text that scrolls, with the heat of all of it: where in a long prompt to look. A click goes there.
 *
 * For the pointer only. The keyboard goes through the segments, and the readout says which are strongest.
 */
export class SeqsalOverview extends LitElement {
  static override properties = {
    text: { attribute: false },
    segments: { attribute: false },
    levels: { attribute: false },
    signed: { type: Boolean },
    selected: { attribute: false },
    layout: {},
  };

  static override styles = css`
    :host {
      flex: none;
      width: 12px;
      border-left: 1px solid var(--seqsal-line);
      background: var(--seqsal-surface);
      cursor: pointer;
    }
    /* Its room stays taken: text that grew narrower with the first heat would be laid out twice. */
    :host([idle]) {
      visibility: hidden;
    }
    canvas {
      display: block;
      width: 100%;
      height: 100%;
    }
  `;

  /** What is looked over. */
  declare text: SeqsalText | null;
  declare segments: readonly Segment[];
  declare levels: Int8Array | null;
  declare signed: boolean;
  declare selected: Span;
  /** Changes when the text is set in another way, and lines move. */
  declare layout: string;
  #positions: Float64Array | null = null;
  #frame = 0;
  readonly #resized = new ResizeObserver(() => {
    this.#positions = null;
    this.#schedule();
  });

  constructor() {
    super();
    this.text = null;
    this.segments = [];
    this.levels = null;
    this.signed = false;
    this.selected = { start: 0, end: 0 };
    this.layout = '';
    this.addEventListener('click', this.#onClick);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.ariaHidden = 'true';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  protected override render(): TemplateResult {
    return html`<canvas></canvas>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('text')) {
      this.#resized.disconnect();
      if (this.text) this.#resized.observe(this.text);
    }
    if (changed.has('segments') || changed.has('layout')) this.#positions = null;
    this.#schedule();
  }

  /** Drawn a frame late: measuring in the same frame would hold up the text, which is what is looked at. */
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
    for (let i = this.selected.start; i < this.selected.end; i++) {
      context.fillRect(0, (positions[i] ?? 0) * height, WIDTH, MARK);
    }
  }

  #colourName(level: number): string {
    const ramp = this.signed ? (level > 0 ? 'support' : 'against') : 'strength';
    return `--seqsal-${ramp}-${String(Math.abs(level))}`;
  }

  readonly #onClick = (event: MouseEvent): void => {
    if (!this.text) return;
    const share = event.offsetY / this.clientHeight;
    this.text.scrollTo({ top: share * this.text.scrollHeight - this.text.clientHeight / 2, behavior: 'smooth' });
  };
}

/** Asking the browser for a colour costs more than drawing with it, and there are few levels. */
function memoized(compute: (level: number) => string): (level: number) => string {
  const known = new Map<number, string>();
  return (level) => {
    const colour = known.get(level) ?? compute(level);
    known.set(level, colour);
    return colour;
  };
}

customElements.define('seqsal-overview', SeqsalOverview);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-overview': SeqsalOverview;
  }
}

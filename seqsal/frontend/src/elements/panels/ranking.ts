import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Concentration } from '../../core/scores/concentration.js';
import { define, sendAction } from '../common/element.js';
import { percent, score, shorten, whole } from '../common/format.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';

export interface Ranked {
  /** The index of the segment. */
  readonly index: number;
  readonly text: string;
  readonly value: number;
  /** Its share of all salience, 0 to 1. */
  readonly share: number;
  /** Its absolute value relative to the strongest, 0 to 1. */
  readonly size: number;
}

/** The strongest segments, ordered. Dispatches `seqsal-go` with the index of the segment to show in the text. */
export class SeqsalRanking extends LitElement {
  static override properties = {
    ranked: { attribute: false },
    concentration: { attribute: false },
    signed: { type: Boolean },
    current: { state: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        background: var(--seqsal-surface);
      }
      header {
        display: flex;
        align-items: center;
        gap: 2px;
        padding: 6px 6px 2px 12px;
      }
      h3 {
        flex: 1;
        margin: 0;
        font-size: 12px;
        font-weight: 500;
      }
      header button {
        display: grid;
        place-content: center;
        width: 24px;
        height: 24px;
        padding: 0;
        border: 0;
        border-radius: 4px;
        background: none;
        color: var(--seqsal-muted);
      }
      header button:hover {
        background: var(--seqsal-hover);
      }
      p {
        margin: 0;
        padding: 0 12px 6px;
        color: var(--seqsal-muted);
        font-size: 11px;
        line-height: 16px;
      }
      ol {
        flex: 1;
        min-height: 0;
        overflow-y: auto;
        margin: 0;
        padding: 0 6px 8px;
        list-style: none;
      }
      li button {
        display: grid;
        grid-template-columns: 2ch 1fr auto;
        gap: 0 8px;
        width: 100%;
        padding: 4px 6px;
        border: 0;
        border-radius: 4px;
        background: none;
        text-align: start;
      }
      li button:hover {
        background: var(--seqsal-hover);
      }
      li button[aria-current='true'] {
        background: var(--seqsal-accent-soft);
      }
      .rank,
      .share {
        color: var(--seqsal-muted);
        font-variant-numeric: tabular-nums;
        text-align: end;
      }
      .text {
        min-width: 0;
        overflow: hidden;
        white-space: nowrap;
        text-overflow: ellipsis;
        unicode-bidi: plaintext;
      }
      .bar {
        grid-column: 2;
        height: 3px;
        margin-top: 2px;
        border-radius: 2px;
        background: var(--seqsal-strength-18);
      }
      .bar.support {
        background: var(--seqsal-support-18);
      }
      .bar.against {
        background: var(--seqsal-against-18);
      }
    `,
  ];

  declare ranked: readonly Ranked[];
  /** How many segments are in the scale and how many are the strongest few; null for fewer than two. */
  declare concentration: Concentration | null;
  declare signed: boolean;
  /** The last chosen entry of the list. */
  declare private current: number;

  constructor() {
    super();
    this.ranked = [];
    this.concentration = null;
    this.signed = false;
    this.current = -1;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('ranked')) this.current = -1;
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h3 id="title">Strongest segments</h3>
        ${this.#renderJump(-1)} ${this.#renderJump(1)}
        <button
          aria-label="Close the list"
          title="Close the list"
          @click=${() => {
            sendAction(this, { type: 'adjust', choices: { ranking: false } });
          }}
        >
          ${ICONS.close}
        </button>
      </header>
      ${this.#renderBody()}`;
  }

  #renderBody(): TemplateResult {
    const { length } = this.ranked;
    if (length === 0) return html`<p>Choose a segment of the text to list what it depends on.</p>`;
    const of = this.concentration?.of ?? length;
    const many = length < of ? `${whole(length)} of ${whole(of)}` : whole(of);
    return html`<p>${many} · share of all salience · keys n, p</p>
      <ol aria-labelledby="title" @keydown=${this.#onKey}>
        ${this.ranked.map((each, i) => this.#renderRanked(each, i))}
      </ol>`;
  }

  #renderJump(direction: 1 | -1): TemplateResult {
    const [what, key] = direction === 1 ? ['Next', 'n'] : ['Previous', 'p'];
    return html`<button
      aria-label="${what} hot segment"
      aria-keyshortcuts=${key}
      title="${what} of the strongest ${whole(this.concentration?.strongest ?? 1)}, in the order of the text (key ${key})"
      @click=${() => this.dispatchEvent(new CustomEvent<number>('seqsal-jump', { detail: direction }))}
    >
      ${direction === 1 ? ICONS.down : ICONS.up}
    </button>`;
  }

  #renderRanked({ text, value, share, size }: Ranked, i: number): TemplateResult {
    const ramp = this.signed ? (value < 0 ? 'against' : 'support') : '';
    return html`<li>
      <button
        tabindex=${i === Math.max(0, this.current) ? 0 : -1}
        aria-current=${i === this.current ? 'true' : 'false'}
        title="${shorten(text, 300)} · salience ${score(value)}"
        @click=${() => {
          this.#go(i);
        }}
      >
        <span class="rank">${i + 1}</span>
        <span class="text">${shorten(text, 80) || '␣'}</span>
        <span class="share">${percent(share)}</span>
        <span class="bar ${ramp}" style="width:${String(Math.max(2, Math.round(size * 100)))}%"></span>
      </button>
    </li>`;
  }

  #go(i: number): void {
    const ranked = this.ranked[i];
    if (!ranked) return;
    this.current = i;
    this.dispatchEvent(new CustomEvent<number>('seqsal-go', { detail: ranked.index }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('li button')];
    const at = buttons.findIndex((button) => button.matches(':focus'));
    const last = buttons.length - 1;
    const to = { ArrowDown: Math.min(last, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: last }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[to]?.focus();
    this.#go(to);
  };
}

define('seqsal-ranking', SeqsalRanking);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-ranking': SeqsalRanking;
  }
}

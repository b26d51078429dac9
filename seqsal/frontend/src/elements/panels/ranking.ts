import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Concentration } from '../../core/scores/concentration.js';
import { define, sendAction } from '../common/element.js';
import { percent, score, shorten, whole } from '../common/format.js';
import { ICONS } from '../common/icons.js';
import { moveFocus } from '../common/list-keys.js';
import { controls } from '../common/styles.js';
import type { MenuRequest } from '../text/offers.js';
import { rankingStyles } from './ranking-styles.js';

export interface Ranked {
  /** The index of the segment. */
  readonly index: number;
  readonly text: string;
  readonly value: number;
  /** Its share of all salience, 0 to 1. */
  readonly share: number;
  /** Its absolute value relative to the strongest, 0 to 1. */
  readonly size: number;
  /** What removing it does to the selection; null if it has not been removed. */
  readonly removal: { readonly effect: number; readonly size: number; readonly words: string } | null;
}

/**
 * The strongest segments, ordered. Dispatches `seqsal-go` with the index of the segment to show in the text, and `seqsal-menu` with
 * the index of the segment whose menu is requested.
 */
export class SeqsalRanking extends LitElement {
  static override properties = {
    ranked: { attribute: false },
    concentration: { attribute: false },
    signed: { type: Boolean },
    checked: { type: Boolean },
    current: { state: true },
  };

  static override styles = [controls, rankingStyles];

  declare ranked: readonly Ranked[];
  /** How many segments are in the scale and how many are the strongest few; null for fewer than two. */
  declare concentration: Concentration | null;
  declare signed: boolean;
  /** Whether segments have been removed, so that there are second bars to explain. */
  declare checked: boolean;
  /** The last chosen entry of the list. */
  declare private current: number;

  constructor() {
    super();
    this.ranked = [];
    this.concentration = null;
    [this.signed, this.checked] = [false, false];
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
      ${this.checked ? this.#renderKey() : nothing}
      <ol aria-labelledby="title" @keydown=${this.#onKey}>
        ${this.ranked.map((each, i) => this.#renderRanked(each, i))}
      </ol>`;
  }

  #renderKey(): TemplateResult {
    const ramp = this.signed ? 'support' : '';
    return html`<p class="bars">
      <span class="bar key ${ramp}"></span>map · <span class="bar key removal"></span>without it less likely ·
      <span class="bar key removal against"></span>more
    </p>`;
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

  #renderRanked({ index, text, value, share, size, removal }: Ranked, i: number): TemplateResult {
    const ramp = this.signed ? (value < 0 ? 'against' : 'support') : '';
    const words = removal === null ? '' : ` · ${removal.words}`;
    return html`<li>
      <button
        tabindex=${i === Math.max(0, this.current) ? 0 : -1}
        aria-current=${i === this.current ? 'true' : 'false'}
        title="${shorten(text, 300)} · salience ${score(value)}${words}"
        @contextmenu=${(event: MouseEvent) => {
          this.#openMenu(event, index);
        }}
        @click=${() => {
          this.#go(i);
        }}
      >
        <span class="rank">${i + 1}</span>
        <span class="text">${shorten(text, 80) || '␣'}</span>
        <span class="share">${percent(share)}</span>
        <span class="bar ${ramp}" style="width:${width(size)}"></span>
        ${removal === null ? nothing : renderRemoval(removal)}
      </button>
    </li>`;
  }

  #openMenu(event: MouseEvent, index: number): void {
    const rect = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const detail: MenuRequest = { index, rect };
    if (!this.dispatchEvent(new CustomEvent('seqsal-menu', { detail, cancelable: true }))) event.preventDefault();
  }

  #go(i: number): void {
    const ranked = this.ranked[i];
    if (!ranked) return;
    this.current = i;
    this.dispatchEvent(new CustomEvent<number>('seqsal-go', { detail: ranked.index }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const to = moveFocus(event, [...this.renderRoot.querySelectorAll<HTMLElement>('li button')]);
    if (to !== null) this.#go(to);
  };
}

function renderRemoval({ effect, size, words }: NonNullable<Ranked['removal']>): TemplateResult {
  const against = effect < 0 ? 'against' : '';
  return html`<span class="bar removal ${against}" role="img" aria-label=${words} style="width:${width(size)}"></span>`;
}

function width(size: number): string {
  return `${String(Math.max(2, Math.round(size * 100)))}%`;
}

define('seqsal-ranking', SeqsalRanking);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-ranking': SeqsalRanking;
  }
}

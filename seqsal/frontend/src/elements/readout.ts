import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import type { Concentration, Standing } from '../core/aggregate.js';
import { controls } from './styles.js';

/** One line of plain words: what is explained, how concentrated its salience is, and how the pointed segment stands. */
export class SeqsalReadout extends LitElement {
  static override properties = {
    explained: {},
    concentration: { attribute: false },
    standing: { attribute: false },
    hint: {},
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
        overflow-wrap: anywhere;
        color: var(--seqsal-muted);
      }
      /* As high with one line as with two: what is pointed at must not move the text under the pointer. */
      @container (width < 800px) {
        :host {
          display: flex;
          align-items: center;
          min-height: 36px;
        }
      }
      .short {
        display: none;
      }
      /* The selection can be seen in the text; where there is little room, that must do. */
      @container (width < 440px) {
        .long,
        .explained:not(:last-child) {
          display: none;
        }
        .short {
          display: inline;
        }
      }
      strong {
        font-weight: 500;
        color: var(--seqsal-ink);
      }
    `,
  ];

  /** The text of the selection, or '' for none. */
  declare explained: string;
  declare concentration: Concentration | null;
  declare standing: Standing | null;
  /** Shown while nothing is selected. */
  declare hint: string;

  constructor() {
    super();
    this.explained = '';
    this.concentration = null;
    this.standing = null;
    this.hint = '';
  }

  protected override render(): TemplateResult {
    return html`<div role="status">${this.#renderLine()}</div>`;
  }

  #renderLine(): TemplateResult {
    const { explained, standing, concentration } = this;
    if (explained === '') return html`${this.hint}`;
    if (standing !== null) return renderStanding(standing);
    const selection = html`Explaining <strong>“${shorten(explained)}”</strong>`;
    if (concentration === null) return html`<span class="explained">${selection}</span>`;
    return html`<span class="explained" title=${explained}>${selection} · </span
      ><span>${renderConcentration(concentration)}</span>`;
  }
}

function renderStanding({ value, rank, of }: Standing): TemplateResult {
  return html`Salience <strong>${number(value)}</strong>, ${ordinal(rank)} strongest of ${whole(of)} segments.`;
}

function renderConcentration({ strongest, of, share, even }: Concentration): TemplateResult {
  const subject = strongest === 1 ? 'the strongest' : `the strongest ${whole(strongest)}`;
  const verb = strongest === 1 ? 'holds' : 'hold';
  return html`<span class="long"
      >${subject} of ${whole(of)} segments ${verb} ${percent(share)} of the salience (evenly: ${percent(even)})</span
    ><span class="short"
      >${whole(strongest)} of ${whole(of)} ${verb} ${percent(share)} (evenly: ${percent(even)})</span
    >`;
}

function shorten(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 36 ? `${line.slice(0, 34)}…` : line;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.01 ? 1 : 0)}\u00a0%`;
}

function whole(count: number): string {
  return count.toLocaleString('en');
}

function number(value: number): string {
  return value === 0 ? '0' : value.toPrecision(3);
}

function ordinal(rank: number): string {
  const suffix = new Intl.PluralRules('en', { type: 'ordinal' }).select(rank);
  return `${String(rank)}${{ one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[suffix]}`;
}

customElements.define('seqsal-readout', SeqsalReadout);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-readout': SeqsalReadout;
  }
}

import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../common/element.js';
import { whole } from '../common/format.js';
import { moveFocus } from '../common/list-keys.js';
import { controls, palette } from '../common/styles.js';
import { labelBarsStyles } from './label-bars-styles.js';

type Value = number | null;

/** What many records say about one label: a row of `Analysis.labels()`. Shares are from 0 to 1, effects in nats. */
export interface LabelRow {
  readonly label: string;
  readonly region?: string;
  /** The number of records that have the label. */
  readonly records: number;
  readonly share: Value;
  readonly share_low: Value;
  readonly share_high: Value;
  /** The share that the label would have if the scores were spread evenly over the tokens. */
  readonly even_share: Value;
  /** How often it is among the three labels with the largest shares. */
  readonly top3: Value;
  readonly effect?: Value;
  readonly effect_low?: Value;
  readonly effect_high?: Value;
}

/** What tells labels apart: the prompt and the answer may have the same one. */
export type LabelKey = Pick<LabelRow, 'label' | 'region'>;

/** The event of a chosen label. */
export const LABEL_CLICK = 'label-click';

/** A bar for each label with its interval and its even share. A click on a row chooses the label. */
export class SeqsalLabelBars extends LitElement {
  static override properties = {
    rows: { attribute: false },
    selected: { attribute: false },
    total: { attribute: false },
    noun: {},
    theme: { reflect: true },
    heading: {},
  };

  static override styles = [palette, controls, labelBarsStyles];

  declare rows: readonly LabelRow[];
  /** The label of the highlighted row; null for none. */
  declare selected: LabelKey | null;
  /** The number of records; null if it is unknown or of no interest. */
  declare total: number | null;
  /** What a row of the data is called, in the singular. */
  declare noun: string;
  declare theme: 'light' | 'dark';
  /** The name of the table, for screen readers. */
  declare heading: string;

  constructor() {
    super();
    this.rows = [];
    [this.selected, this.total] = [null, null];
    [this.theme, this.noun] = ['light', 'record'];
    this.heading = 'Share of the salience by label';
  }

  protected override render(): TemplateResult {
    if (this.rows.length === 0) return html`<p>No label has a share yet.</p>`;
    const effects = this.rows.some(({ effect }) => isKnown(effect));
    const end = Math.max(
      ...this.rows.flatMap(({ share, share_high, even_share }) => [share, share_high, even_share].map(Number)),
    );
    return html`<table aria-label=${this.heading} @keydown=${this.#onKey}>
      <thead>
        <tr>
          <th scope="col">Label</th>
          <th scope="col" class="plot">${renderKey()}</th>
          <th scope="col" class="number">Share</th>
          <th scope="col" class="number wide" title="The share, divided by the share of an even spread">
            Against even
          </th>
          <th scope="col" class="number wide" title="How often the label is among the three strongest">In top 3</th>
          ${effects ? html`<th scope="col" class="number" title="What the selection loses without the label, in nats">Effect, nats</th>` : nothing}
        </tr>
      </thead>
      <tbody>
        ${this.rows.map((row, i) => this.#renderRow(row, i, end, effects))}
      </tbody>
    </table>`;
  }

  #renderRow(row: LabelRow, i: number, end: number, effects: boolean): TemplateResult {
    const chosen = isSame(row, this.selected);
    const first = this.rows.findIndex((each) => isSame(each, this.selected));
    return html`<tr
      class=${chosen ? 'chosen' : ''}
      @click=${() => {
        this.#choose(row);
      }}
    >
      <th scope="row">
        <button
          tabindex=${i === Math.max(0, first) ? 0 : -1}
          aria-pressed=${chosen ? 'true' : 'false'}
          title="${row.label}: ${this.#recordsOf(row)}"
        >
          ${row.label}
        </button>
        <span class="records">${this.#recordsOf(row)}</span>
      </th>
      <td class="plot">${renderBar(row, end)}</td>
      <td class="number" title=${describeShare(row)}>${percent(row.share)}</td>
      <td class="number wide">${againstEven(row)}</td>
      <td class="number wide">${percent(row.top3, 0)}</td>
      ${effects ? html`<td class="number" title=${describeEffect(row)}>${nats(row.effect)}</td>` : nothing}
    </tr>`;
  }

  #recordsOf({ records }: LabelRow): string {
    if (this.total !== null && records < this.total) return `${whole(records)} of ${whole(this.total)} ${this.noun}s`;
    return `${whole(records)} ${this.noun}${records === 1 ? '' : 's'}`;
  }

  #choose({ label, region = '' }: LabelRow): void {
    this.dispatchEvent(new CustomEvent(LABEL_CLICK, { detail: { label, region }, bubbles: true, composed: true }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    moveFocus(event, [...this.renderRoot.querySelectorAll<HTMLElement>('tbody button')]);
  };
}

function renderKey(): TemplateResult {
  return html`<span class="key wide"><span class="sample bar"></span>mean</span>
    <span class="key"><span class="sample interval"></span>interval</span>
    <span class="key"><span class="sample even"></span>even spread</span>`;
}

/** The bar of a share on a scale that ends at some share. */
function renderBar(row: LabelRow, end: number): TemplateResult {
  const { share, share_low: low, share_high: high, even_share: even } = row;
  const at = (value: Value | undefined): string => `${String((100 * (value ?? 0)) / (end || 1))}%`;
  const width = (from: number, to: number): string => `${String((100 * (to - from)) / (end || 1))}%`;
  return html`<div class="track" role="img" aria-label=${describeShare(row)}>
    <span class="bar ${standing(row)}" style="width:${at(share)}"></span>
    ${
      isKnown(low) && isKnown(high)
        ? html`<span class="interval" style="left:${at(low)};width:${width(low, high)}"></span>`
        : nothing
    }
    ${isKnown(even) ? html`<span class="even" style="left:${at(even)}"></span>` : nothing}
  </div>`;
}

/** How the interval of a share stands to the even share. */
function standing({ share_low: low, share_high: high, even_share: even }: LabelRow): 'above' | 'below' | 'within' {
  if (!isKnown(low) || !isKnown(high) || !isKnown(even)) return 'within';
  return low > even ? 'above' : high < even ? 'below' : 'within';
}

function againstEven(row: LabelRow): string {
  const { share, even_share: even } = row;
  if (!isKnown(share) || !isKnown(even) || even === 0) return '';
  const ratio = share / even;
  const words = { above: '', below: '', within: 'may be even, ' }[standing(row)];
  return `${isKnown(row.share_low) ? words : ''}${ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0)}\u00a0×`;
}

function describeShare({ share, share_low: low, share_high: high, even_share: even }: LabelRow): string {
  const interval = isKnown(low) && isKnown(high) ? ` (interval ${percent(low)} to ${percent(high)})` : '';
  const spread = isKnown(even) ? `; an even spread would give ${percent(even)}` : '';
  return `${percent(share)} of the salience${interval}${spread}`;
}

function describeEffect({ effect, effect_low: low, effect_high: high }: LabelRow): string {
  if (!isKnown(effect)) return 'not measured';
  const interval = isKnown(low) && isKnown(high) ? ` (interval ${nats(low)} to ${nats(high)})` : '';
  return `Without it the selection loses ${nats(effect)} nats${interval}`;
}

function isSame(row: LabelKey, other: LabelKey | null): boolean {
  return row.label === other?.label && (row.region ?? '') === (other.region ?? '');
}

function isKnown(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function percent(value: Value, digits = 1): string {
  return isKnown(value) ? `${(100 * value).toFixed(digits)}\u00a0%` : '';
}

export function nats(value: Value | undefined, digits = 2): string {
  return isKnown(value)
    ? value
        .toFixed(digits)
        .replace(/^-(?!0\.?0*$)/, '−')
        .replace('-', '')
    : '';
}

define('seqsal-label-bars', SeqsalLabelBars);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-label-bars': SeqsalLabelBars;
  }
  interface HTMLElementEventMap {
    [LABEL_CLICK]: CustomEvent<{ readonly label: string; readonly region: string }>;
  }
}

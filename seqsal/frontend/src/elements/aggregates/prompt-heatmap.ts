import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ReportRow, HeatmapPart } from '../../core/saved/report.js';
import { STEPS, heatLevels } from '../../core/scores/heat.js';
import '../common/choice.js';
import type { Option } from '../common/choice.js';
import { define } from '../common/element.js';
import { controls } from '../common/styles.js';
import { LABEL_CLICK, percent } from './label-bars.js';

const VALUES: readonly Option[] = [
  { value: 'share', label: 'Share', help: 'Colours each part by the share of its label' },
  {
    value: 'excess',
    label: 'Above even',
    help: 'Colours each part by how far the share of its label is above or below an even spread',
  },
];
/** Parts of a smaller share have no number. */
const LEAST_NUMBER = 0.02;

/** A prompt whose parts are coloured by what all records say about their labels. A click on a part chooses its label. */
export class SeqsalPromptHeatmap extends LitElement {
  static override properties = {
    parts: { attribute: false },
    rows: { attribute: false },
    selected: { attribute: false },
    value: { state: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
        margin-bottom: 6px;
        color: var(--seqsal-muted);
      }
      .scale {
        display: inline-block;
        width: 48px;
        height: 10px;
        margin-inline: 4px;
        border-radius: 2px;
        vertical-align: middle;
      }
      .text {
        max-height: 38vh;
        overflow-y: auto;
        padding: 8px 12px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        font-size: 13px;
        line-height: 1.6;
      }
      .flow {
        display: block;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        unicode-bidi: plaintext;
      }
      .name {
        display: block;
        margin: 10px 0 2px;
        color: var(--seqsal-muted);
        font-size: 11px;
      }
      .part {
        padding: 1px 0;
        border-radius: 2px;
        cursor: pointer;
      }
      .part:hover {
        text-decoration: underline;
        text-underline-offset: 3px;
      }
      .part.chosen {
        box-shadow:
          0 2px 0 var(--seqsal-accent),
          0 -1px 0 var(--seqsal-accent);
      }
      .explained {
        border-bottom: 2px solid var(--seqsal-selected);
        font-weight: 500;
      }
      .number {
        margin-inline-start: 6px;
        padding: 0 4px;
        border-radius: 6px;
        background: var(--seqsal-surface);
        color: var(--seqsal-muted);
        font-size: 10px;
        white-space: nowrap;
      }
    `,
  ];

  declare parts: readonly HeatmapPart[];
  declare rows: readonly ReportRow[];
  /** The label whose parts are marked; null for none. */
  declare selected: string | null;
  declare private value: 'share' | 'excess';

  constructor() {
    super();
    [this.parts, this.rows] = [[], []];
    this.selected = null;
    this.value = 'share';
  }

  protected override render(): TemplateResult {
    const levels = heatLevels(
      Float64Array.from(this.rows, (row) => row[this.value] ?? NaN),
      { scaling: 'value', intensity: 1 },
    );
    const first = this.parts.findIndex(({ row }) => row !== null);
    const answer = this.parts.some(({ region }) => region === 'target');
    return html`<div class="tools">
        <seqsal-choice
          label="Colour by"
          .options=${VALUES}
          .value=${this.value}
          @choose=${(event: CustomEvent<'share' | 'excess'>) => {
            this.value = event.detail;
          }}
        ></seqsal-choice>
        ${this.#renderScale()}
      </div>
      <div class="text" role="group" aria-label="The prompt by label" @keydown=${this.#onKey}>
        <span class="flow">${this.#renderRegion('prompt', levels, first)}</span>
        ${
          answer
            ? html`<span class="name">Answer</span
                ><span class="flow">${this.#renderRegion('target', levels, first)}</span>`
            : nothing
        }
      </div>`;
  }

  #renderScale(): TemplateResult {
    const ramp = (from: string, to: string): string =>
      `background:linear-gradient(to right, var(--seqsal-${from}), var(--seqsal-${to}))`;
    if (this.value === 'share')
      return html`<span>none<span class="scale" style=${ramp('strength-1', 'strength-24')}></span>largest share</span>`;
    return html`<span
      >below even<span class="scale" style=${ramp('against-24', 'against-1')}></span
      ><span class="scale" style=${ramp('support-1', 'support-24')}></span>above even</span
    >`;
  }

  #renderRegion(region: HeatmapPart['region'], levels: Int8Array, first: number): TemplateResult {
    // No white space between the parts: it would be drawn.
    return html`${this.parts.map((part, i) => (part.region === region ? this.#renderPart(part, i === first, levels) : nothing))}`;
  }

  #renderPart({ text, row, selected }: HeatmapPart, tabStop: boolean, levels: Int8Array): TemplateResult {
    if (selected === true) return html`<span class="explained" title="The explained part">${text}</span>`;
    const found = row === null ? undefined : this.rows[row];
    if (row === null || !found) return html`<span>${text}</span>`;
    const end = text.trimEnd().length;
    const value = found[this.value];
    const words = `${found.label}: ${percent(value)} ${this.value === 'share' ? 'of the salience' : 'above an even spread'}`;
    return html`<span
        class="part ${found.label === this.selected ? 'chosen' : ''}"
        role="button"
        tabindex=${tabStop ? 0 : -1}
        aria-pressed=${found.label === this.selected ? 'true' : 'false'}
        title=${words}
        style=${shade(this.value, levels[row] ?? 0)}
        @click=${() => {
          this.#choose(found);
        }}
        >${text.slice(0, end)}${Math.abs(value ?? 0) < LEAST_NUMBER ? nothing : html`<span class="number">${percent(value, 0)}</span>`}</span
      >${text.slice(end)}`;
  }

  #choose({ label, region }: ReportRow): void {
    this.dispatchEvent(new CustomEvent(LABEL_CLICK, { detail: { label, region }, bubbles: true, composed: true }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const parts = [...this.renderRoot.querySelectorAll<HTMLElement>('.part')];
    const at = parts.findIndex((part) => part.matches(':focus'));
    if (at < 0) return;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step !== undefined) parts[Math.max(0, Math.min(parts.length - 1, at + step))]?.focus();
    else if (event.key === 'Enter' || event.key === ' ') parts[at]?.click();
    else return;
    event.preventDefault();
  };
}

function shade(value: 'share' | 'excess', level: number): string {
  if (level === 0) return '';
  const ramp = value === 'share' ? 'strength' : level > 0 ? 'support' : 'against';
  const name = `--seqsal-${ramp}-${String(Math.min(STEPS, Math.abs(level)))}`;
  return `background:var(${name});color:var(${name}-ink)`;
}

define('seqsal-prompt-heatmap', SeqsalPromptHeatmap);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-prompt-heatmap': SeqsalPromptHeatmap;
  }
}

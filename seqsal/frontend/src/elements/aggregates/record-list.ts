import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ListedRecord, RecordChoice } from '../../core/saved/report.js';
import { define } from '../common/element.js';
import { whole } from '../common/format.js';
import { moveFocus } from '../common/list-keys.js';
import { controls } from '../common/styles.js';
import { percent } from './label-bars.js';

/** How many records are listed at first, and how many more with each click. */
const STEP = 100;

const NO_TOKENS = html`They cannot be opened: the run was made with <code>--no-tokens</code>.`;

/** The records that have a label, the largest share first. A click sends `open-record` with the number of the record. */
export class SeqsalRecordList extends LitElement {
  static override properties = {
    records: { attribute: false },
    label: {},
    choice: {},
    tokens: { attribute: false },
    total: { attribute: false },
    count: { state: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      h2 {
        margin: 0;
        font-size: 14px;
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      p {
        margin: 2px 0 8px;
        color: var(--seqsal-muted);
      }
      code {
        white-space: nowrap;
      }
      ol {
        flex: 1;
        min-height: 0;
        overflow-y: auto;
        margin: 0 -8px;
        padding: 0;
        list-style: none;
      }
      .record {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 8px;
        width: 100%;
        padding: 5px 8px;
        border: 0;
        border-top: 1px solid var(--seqsal-line);
        background: none;
        text-align: start;
      }
      button.record:hover {
        background: var(--seqsal-hover);
      }
      button.record::after {
        content: '›';
        grid-area: 1 / 3 / span 2;
        align-self: center;
        color: var(--seqsal-accent);
        font-size: 16px;
      }
      .answer {
        overflow: hidden;
        white-space: nowrap;
        text-overflow: ellipsis;
        unicode-bidi: plaintext;
      }
      .share {
        font-variant-numeric: tabular-nums;
      }
      .place {
        grid-column: 1 / 3;
        color: var(--seqsal-muted);
        font-size: 11px;
        line-height: 14px;
      }
      .bar {
        grid-column: 1 / 3;
        height: 3px;
        margin-top: 3px;
        border-radius: 2px;
        background: var(--seqsal-strength-12);
      }
      .more {
        margin: 8px;
      }
    `,
  ];

  declare records: readonly ListedRecord[];
  declare label: string;
  /** The number of records that have the label, of which the page may have fewer. */
  declare total: number;
  /** How the page's records were chosen. */
  declare choice: RecordChoice;
  /** Whether records can be opened. */
  declare tokens: boolean;
  declare private count: number;

  constructor() {
    super();
    this.records = [];
    this.label = '';
    [this.choice, this.tokens] = ['all', true];
    [this.total, this.count] = [0, STEP];
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('records')) this.count = STEP;
  }

  /** Gives the focus to the button of a record. */
  focusRecord(record: number): void {
    this.renderRoot.querySelector<HTMLElement>(`[data-record="${String(record)}"]`)?.focus();
  }

  protected override render(): TemplateResult {
    const { records } = this;
    return html`<h2 id="title">Records with <bdi>${this.label}</bdi></h2>
      <p>${this.#summary()}</p>
      <ol aria-labelledby="title" @keydown=${this.#onKey}>
        ${records.slice(0, this.count).map((each, i) => html`<li>${this.#renderRecord(each, i === 0)}</li>`)}
        ${
          records.length > this.count
            ? html`<li class="more">
                <button
                  class="button"
                  @click=${() => {
                    this.count += STEP;
                  }}
                >
                  ${whole(Math.min(STEP, records.length - this.count))} more
                </button>
              </li>`
            : nothing
        }
      </ol>`;
  }

  /** How many records there are, how many of them the page has and which, and what a click does. */
  #summary(): TemplateResult | string {
    const { records, total, choice } = this;
    if (total === 0) return 'No record has this label.';
    if (records.length === 0) return `None of the ${whole(total)} records with this label is in this page.`;
    const some = choice === 'different' ? ', those that differ most' : ', an even spread over the data';
    const here = records.length < total ? `${whole(records.length)} of ${whole(total)}${some}` : whole(total);
    return html`${here}; the largest share first. ${this.tokens ? 'Click one to see its map.' : NO_TOKENS}`;
  }

  #renderRecord(each: ListedRecord, tabStop: boolean): TemplateResult {
    const { record, answer } = each;
    if (!this.tokens) return html`<div class="record" title=${answer}>${renderCells(each)}</div>`;
    return html`<button
      class="record"
      data-record=${String(record)}
      tabindex=${tabStop ? 0 : -1}
      title=${answer}
      @click=${() => {
        this.dispatchEvent(
          new CustomEvent('open-record', { detail: { record, other: false }, bubbles: true, composed: true }),
        );
      }}
    >
      ${renderCells(each)}
    </button>`;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    moveFocus(event, [...this.renderRoot.querySelectorAll<HTMLElement>('button.record')]);
  };
}

function renderCells({ line, answer, outcome, share }: ListedRecord): TemplateResult {
  return html`<span class="answer">${answer || '␣'}</span><span class="share">${percent(share)}</span>
    <span class="place">Line ${whole(line)}${outcome === '' ? nothing : html` · <bdi>${outcome}</bdi>`}</span>
    <span class="bar" style="width:${String(Math.max(1, 100 * share))}%"></span>`;
}

define('seqsal-record-list', SeqsalRecordList);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-record-list': SeqsalRecordList;
  }
  interface HTMLElementEventMap {
    'open-record': CustomEvent<{ readonly record: number; readonly other: boolean }>;
  }
}

import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls, palette } from '../common/styles.js';

/** The bar above an opened record: the way back, and to the records before and after it in the list. */
export class SeqsalRecordBar extends LitElement {
  static override properties = {
    name: {},
    note: {},
    answer: {},
    previous: { attribute: false },
    next: { attribute: false },
    theme: { reflect: true },
  };

  static override styles = [
    palette,
    controls,
    css`
      :host {
        display: block;
      }
      nav {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 6px 12px;
        border-bottom: 1px solid var(--seqsal-line);
        background: var(--seqsal-raised);
      }
      h1,
      h2 {
        margin: 0;
        font-size: 13px;
        font-weight: 500;
        white-space: nowrap;
      }
      h2 {
        flex: 1;
        overflow: hidden;
        color: var(--seqsal-muted);
        font-weight: inherit;
        text-overflow: ellipsis;
        unicode-bidi: plaintext;
      }
      p {
        margin: 0;
        padding: 4px 12px;
        border-bottom: 1px solid var(--seqsal-line);
        background: var(--seqsal-surface);
        color: var(--seqsal-muted);
      }
      svg {
        vertical-align: middle;
      }
    `,
  ];

  /** What the record is called. */
  declare name: string;
  /** What the reader has to know about what is shown; '' for nothing. */
  declare note: string;
  /** The start of its answer. */
  declare answer: string;
  /** The records next to it in the list; null for none. */
  declare previous: number | null;
  declare next: number | null;
  declare theme: 'light' | 'dark';

  constructor() {
    super();
    [this.name, this.answer, this.note] = ['', '', ''];
    [this.previous, this.next] = [null, null];
    this.theme = 'light';
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('#back')?.focus();
  }

  protected override render(): TemplateResult {
    return html`<nav aria-label="Record">
        <button
          id="back"
          class="button"
          @click=${() => {
            this.dispatchEvent(new CustomEvent('close-record'));
          }}
        >
          ‹ Back to the report
        </button>
        <h1>${this.name}</h1>
        <h2 title=${this.answer}>${this.answer}</h2>
        ${this.#renderStep('Previous record', this.previous)} ${this.#renderStep('Next record', this.next)}
      </nav>
      ${this.note === '' ? nothing : html`<p role="note">${this.note}</p>`}`;
  }

  #renderStep(label: string, record: number | null): TemplateResult {
    return html`<button
      class="button"
      title="${label} in the list of the label"
      ?disabled=${record === null}
      @click=${() => {
        this.dispatchEvent(new CustomEvent('open-record', { detail: { record: record ?? 0, other: false } }));
      }}
    >
      ${label === 'Next record' ? ICONS.down : ICONS.up} ${label}
    </button>`;
  }
}

define('seqsal-record-bar', SeqsalRecordBar);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-record-bar': SeqsalRecordBar;
  }
  interface HTMLElementEventMap {
    'close-record': CustomEvent<null>;
  }
}

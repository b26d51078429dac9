import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';
import '../common/flyout.js';
import { NO_OUTCOME } from './saving.js';
import type { Outcome, SaveOption } from './saving.js';

const FILES: readonly (readonly [SaveOption, string, string])[] = [
  ['png', 'Picture (PNG)', 'the coloured text'],
  ['svg', 'Picture (SVG)', 'the same, sharp at any size'],
  ['html', 'Page (HTML)', 'with these controls, without a server'],
  ['json', 'Data (JSON)', 'tokens and scores'],
];
const COPIES: readonly (readonly [SaveOption, string, string])[] = [
  ['copy-png', 'Copy the picture', ''],
  ['copy-link', 'Copy a link', 'to this view'],
];

/** The menu for saving and copying. Dispatches `seqsal-save` with a SaveOption; the view sets the outcome. */
export class SeqsalSave extends LitElement {
  static override properties = { options: { attribute: false }, outcome: { attribute: false } };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-block;
      }
      .choice {
        display: block;
        width: 100%;
        padding: 5px 8px;
        border: 0;
        border-radius: 4px;
        background: none;
        text-align: start;
      }
      .choice:hover {
        background: var(--seqsal-hover);
      }
      .what {
        color: var(--seqsal-muted);
      }
      hr {
        margin: 6px 8px;
        border: 0;
        border-top: 1px solid var(--seqsal-line);
      }
      .outcome:not(:empty) {
        padding: 6px 8px 0;
        color: var(--seqsal-muted);
        overflow-wrap: anywhere;
      }
      .outcome.failed {
        color: var(--seqsal-danger);
      }
      .box {
        margin: -6px;
      }
    `,
  ];

  /** The options to offer. */
  declare options: readonly SaveOption[];
  /** The outcome of the last choice: a new object each time, even with the same text. */
  declare outcome: Outcome;

  constructor() {
    super();
    this.options = [];
    this.outcome = NO_OUTCOME;
  }

  protected override render(): TemplateResult {
    const copies = COPIES.filter(([option]) => this.options.includes(option));
    return html`<seqsal-flyout
      label="Save"
      help="Save or copy this view"
      .icon=${ICONS.save}
      .width=${300}
      @opened=${this.#clearOutcome}
    >
      <div class="box">
        ${FILES.filter(([option]) => this.options.includes(option)).map((file) => this.#renderChoice(...file))}
        ${copies.length > 0 ? html`<hr />` : nothing} ${copies.map((copy) => this.#renderChoice(...copy))}
        ${this.options.length === 0 ? html`<div class="what">There is nothing to save yet.</div>` : nothing}
        <div class="outcome ${this.outcome.failed ? 'failed' : ''}" role="status">${this.outcome.text}</div>
      </div>
    </seqsal-flyout>`;
  }

  #renderChoice(option: SaveOption, name: string, what: string): TemplateResult {
    return html`<button
      class="choice"
      @click=${() => {
        this.dispatchEvent(
          new CustomEvent<SaveOption>('seqsal-save', { detail: option, bubbles: true, composed: true }),
        );
      }}
    >
      ${name}<span class="what"> ${what}</span>
    </button>`;
  }

  readonly #clearOutcome = (): void => {
    this.outcome = NO_OUTCOME;
  };
}

define('seqsal-save', SeqsalSave);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-save': SeqsalSave;
  }
}

import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from './element.js';
import { controls } from './styles.js';

export interface Option {
  readonly value: string;
  readonly label: string;
  /** A symbol for narrow views. */
  readonly short?: string;
  readonly help?: string;
}

/** A choice among a few options side by side. Native radio buttons support arrow keys and screen readers. */
export class SeqsalChoice extends LitElement {
  static override properties = {
    label: {},
    options: { attribute: false },
    value: {},
    collapses: { type: Boolean, reflect: true },
    listed: { type: Boolean, reflect: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-block;
      }
      fieldset {
        display: flex;
        margin: 0;
        padding: 0;
        border: 0;
        min-width: 0;
      }
      legend {
        position: absolute;
        clip-path: inset(50%);
      }
      label {
        position: relative;
        display: flex;
        align-items: center;
        height: 26px;
        padding: 0 8px;
        margin-left: -1px;
        border: 1px solid var(--seqsal-line);
        background: var(--seqsal-surface);
        white-space: nowrap;
        cursor: pointer;
      }
      label:first-of-type {
        border-radius: 4px 0 0 4px;
        margin-left: 0;
      }
      label:last-of-type {
        border-radius: 0 4px 4px 0;
      }
      label:hover {
        background: var(--seqsal-hover);
      }
      label:has(:checked) {
        z-index: 1;
        border-color: var(--seqsal-accent);
        background: var(--seqsal-accent-soft);
        color: var(--seqsal-accent);
        font-weight: 500;
      }
      label:has(:focus-visible) {
        z-index: 2;
        outline: 2px solid var(--seqsal-accent);
        outline-offset: 1px;
      }
      input {
        position: absolute;
        opacity: 0;
        inset: 0;
        margin: 0;
        cursor: inherit;
      }
      select {
        display: none;
        width: 100%;
        height: 26px;
        padding: 0 2px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: var(--seqsal-surface);
      }
      .short {
        display: none;
      }
      @container (width < 570px) {
        .short {
          display: inline;
        }
        .full {
          display: none;
        }
      }
      @container (width < 440px) {
        :host([collapses]) fieldset {
          display: none;
        }
        :host([collapses]) select {
          display: block;
        }
      }
      :host([listed]) fieldset {
        display: none;
      }
      :host([listed]) select {
        display: block;
      }
    `,
  ];

  /** The name of the choice, for screen readers. */
  declare label: string;
  declare options: readonly Option[];
  declare value: string;
  /** Whether it becomes a drop-down list in narrow views. */
  declare collapses: boolean;
  /** Whether it is a drop-down list in any view, for many options. */
  declare listed: boolean;

  constructor() {
    super();
    this.label = '';
    this.options = [];
    this.value = '';
    [this.collapses, this.listed] = [false, false];
  }

  protected override render(): TemplateResult {
    return html`<fieldset>
        <legend>${this.label}</legend>
        ${this.options.map((option) => this.#renderOption(option))}
      </fieldset>
      ${this.collapses || this.listed ? this.#renderList() : nothing}`;
  }

  #renderList(): TemplateResult {
    return html`<select
      aria-label=${this.label}
      title=${this.options.find(({ value }) => value === this.value)?.help ?? ''}
      @change=${(event: Event) => {
        this.#choose((event.target as HTMLSelectElement).value);
      }}
    >
      ${this.options.map(
        ({ value, label }) => html`<option value=${value} .selected=${value === this.value}>${label}</option>`,
      )}
    </select>`;
  }

  #renderOption({ value, label, short, help }: Option): TemplateResult {
    return html`<label title=${help ?? ''}>
      <input
        type="radio"
        name="choice"
        aria-label=${label}
        .value=${value}
        .checked=${value === this.value}
        @change=${() => {
          this.#choose(value);
        }}
      />${short === undefined ? label : html`<span class="full">${label}</span><span class="short">${short}</span>`}
    </label>`;
  }

  #choose(value: string): void {
    this.value = value;
    this.dispatchEvent(new CustomEvent('choose', { detail: value }));
  }
}

define('seqsal-choice', SeqsalChoice);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-choice': SeqsalChoice;
  }
}

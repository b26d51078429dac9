import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { compilePattern } from '../core/pattern.js';
import type { PatternRole } from '../core/pattern.js';
import './choice.js';
import type { Option } from './choice.js';
import { controls } from './styles.js';

export interface PatternChoice {
  readonly pattern: string;
  readonly role: PatternRole;
}

const ROLES: readonly Option[] = [
  {
    value: 'ends',
    label: 'ends a segment',
    help: 'Each match is the end of a segment, as ; or a line break would be.',
  },
  {
    value: 'starts',
    label: 'starts one',
    help: 'Each match is the start of a segment, as a heading or "Step 1" would be.',
  },
];

/** The field for a custom regular expression. What is wrong with it stands beside it, and only a valid one is sent on. */
export class SeqsalPattern extends LitElement {
  static override properties = { pattern: {}, effect: {}, draft: { state: true } };

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
      }
      input {
        width: 150px;
        height: 26px;
        padding: 0 8px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: var(--seqsal-surface);
        font-family: 'Share Tech Mono', ui-monospace, monospace;
      }
      input[aria-invalid='true'] {
        border-color: var(--seqsal-danger);
        background: var(--seqsal-danger-soft);
      }
      .reason {
        color: var(--seqsal-danger);
      }
    `,
  ];

  declare pattern: string;
  /** What a match does. Not called `role`, which every element has already. */
  declare effect: PatternRole;
  /** What stands in the field, valid or not. */
  declare private draft: string | null;

  constructor() {
    super();
    this.pattern = '';
    this.effect = 'ends';
    this.draft = null;
  }

  protected override render(): TemplateResult {
    const draft = this.draft ?? this.pattern;
    const compiled = compilePattern(draft);
    return html`
      <label class="label" for="pattern">A match of</label>
      <input
        id="pattern"
        spellcheck="false"
        autocomplete="off"
        aria-invalid=${String(!compiled.ok)}
        aria-describedby="reason"
        .value=${draft}
        @input=${this.#onInput}
      />
      <seqsal-choice
        label="What a match does"
        .options=${ROLES}
        .value=${this.effect}
        @choose=${this.#onRole}
      ></seqsal-choice>
      <span class="reason" id="reason" role="status">${compiled.ok ? nothing : compiled.reason}</span>
    `;
  }

  readonly #onInput = (event: Event): void => {
    const { value } = event.target as HTMLInputElement;
    this.draft = value;
    if (compilePattern(value).ok) this.#send({ pattern: value, role: this.effect });
  };

  readonly #onRole = (event: CustomEvent<string>): void => {
    this.#send({ pattern: this.pattern, role: event.detail === 'starts' ? 'starts' : 'ends' });
  };

  #send(detail: PatternChoice): void {
    this.dispatchEvent(new CustomEvent<PatternChoice>('choose', { detail }));
  }
}

customElements.define('seqsal-pattern', SeqsalPattern);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-pattern': SeqsalPattern;
  }
}

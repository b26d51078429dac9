import { LitElement, css, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { compilePattern } from '../../core/text/pattern.js';
import type { PatternRole } from '../../core/text/pattern.js';
import { define } from '../common/element.js';
import { controls } from '../common/styles.js';

export interface PatternChoice {
  readonly pattern: string;
  readonly role: PatternRole;
}

/** The field for a custom regular expression. It shows errors next to it and sends only valid expressions. */
export class SeqsalPattern extends LitElement {
  static override properties = { pattern: {}, effect: {}, problem: {}, draft: { state: true } };

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
      }
      input,
      select {
        height: 26px;
        padding: 0 8px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: var(--seqsal-surface);
      }
      select {
        padding: 0 2px;
      }
      input {
        width: 150px;
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
  /** What a match does. Not named `role`, which every element already has. */
  declare effect: PatternRole;
  /** Why a valid pattern does not segment the text, or ''. */
  declare problem: string;
  /** The content of the field, valid or not. */
  declare private draft: string | null;

  constructor() {
    super();
    this.pattern = '';
    this.effect = 'ends';
    this.problem = '';
    this.draft = null;
  }

  /** Typed patterns are sent at once, so a different pattern was set elsewhere and replaces the draft. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('pattern') && this.pattern !== this.draft) this.draft = null;
  }

  protected override render(): TemplateResult {
    const draft = this.draft ?? this.pattern;
    const compiled = compilePattern(draft);
    const reason = compiled.ok ? this.problem : compiled.reason;
    return html`
      <label class="label" for="pattern">A match of</label>
      <input
        id="pattern"
        spellcheck="false"
        autocomplete="off"
        aria-invalid=${String(reason !== '')}
        aria-describedby="reason"
        .value=${draft}
        @input=${this.#onInput}
      />
      <select aria-label="What a match does" .value=${this.effect} @change=${this.#onEffect}>
        <option value="ends" title="As ; or a line break would">ends a segment</option>
        <option value="starts" title="As a heading or “Step 1” would">starts a segment</option>
      </select>
      <span class="reason" id="reason" role="status">${reason}</span>
    `;
  }

  readonly #onInput = (event: Event): void => {
    const { value } = event.target as HTMLInputElement;
    this.draft = value;
    if (compilePattern(value).ok) this.#send({ pattern: value, role: this.effect });
  };

  readonly #onEffect = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.#send({ pattern: this.pattern, role: value === 'starts' ? 'starts' : 'ends' });
  };

  #send(detail: PatternChoice): void {
    this.dispatchEvent(new CustomEvent<PatternChoice>('choose', { detail }));
  }
}

define('seqsal-pattern', SeqsalPattern);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-pattern': SeqsalPattern;
  }
}

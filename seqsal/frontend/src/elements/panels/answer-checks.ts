import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { CHECK_KINDS, checkWords, problemOf } from '../../core/trail/answer-check.js';
import type { AnswerCheck, CheckKind } from '../../core/trail/answer-check.js';
import { define } from '../common/element.js';
import { shorten } from '../common/format.js';
import { controls } from '../common/styles.js';

const LABELS: Record<CheckKind, string> = {
  contains: 'contain',
  lacks: 'not contain',
  matches: 'match the expression',
  words: 'have at most this many words',
};

const MOST_CHECKS = 20;

/** What the answers of all versions of a prompt should meet. Dispatches `seqsal-checks` with the new list. */
export class SeqsalAnswerChecks extends LitElement {
  static override properties = {
    checks: { attribute: false },
    open: { state: true },
    kind: { state: true },
    problem: { state: true },
  };

  static override styles = [
    controls,
    css`
      :host,
      form {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 6px;
        min-width: 0;
      }
      .check {
        display: inline-flex;
        gap: 4px;
        padding-inline: 6px;
        border: 1px solid var(--seqsal-line);
        border-radius: 9px;
        background: var(--seqsal-surface);
      }
      .check button,
      .link {
        padding: 0;
        border: 0;
        background: none;
        color: var(--seqsal-muted);
      }
      .link {
        color: var(--seqsal-accent);
        text-decoration: underline;
        text-underline-offset: 2px;
      }
      input,
      select {
        height: 24px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: var(--seqsal-surface);
      }
      input {
        width: 16ch;
        padding-inline: 6px;
      }
      .button {
        height: 24px;
      }
      .problem {
        flex-basis: 100%;
        color: var(--seqsal-danger);
      }
    `,
  ];

  declare checks: readonly AnswerCheck[];
  /** Whether a check is being typed. */
  declare private open: boolean;
  declare private kind: CheckKind;
  /** Why the typed check cannot be used, or ''. */
  declare private problem: string;

  constructor() {
    super();
    [this.checks, this.open, this.kind, this.problem] = [[], false, 'contains', ''];
  }

  protected override render(): TemplateResult {
    const full = this.checks.length >= MOST_CHECKS;
    return html`${this.checks.map((check, i) => this.#renderCheck(check, i))}
    ${
      this.open && !full
        ? this.#renderForm()
        : html`<button
            class="link"
            ?disabled=${full}
            title="Says for each try whether its answer meets a condition"
            @click=${this.#onOpen}
          >
            Check the answers
          </button>`
    }`;
  }

  #renderCheck(check: AnswerCheck, index: number): TemplateResult {
    const words = checkWords(check);
    return html`<span class="check" title="An answer passes if it ${words}"
      >${shorten(words, 40)}
      <button
        aria-label="Remove the check: ${words}"
        @click=${() => {
          this.#send(this.checks.filter((_, i) => i !== index));
        }}
      >
        ×
      </button></span
    >`;
  }

  #renderForm(): TemplateResult {
    return html`<form @submit=${this.#onSubmit} @keydown=${this.#onKey}>
      <label for="kind">The answer should</label>
      <select
        id="kind"
        @change=${(event: Event) => {
          this.kind = (event.target as HTMLSelectElement).value as CheckKind;
          this.problem = '';
        }}
      >
        ${CHECK_KINDS.map((kind) => html`<option value=${kind} .selected=${kind === this.kind}>${LABELS[kind]}</option>`)}
      </select>
      <input
        aria-label=${this.kind === 'words' ? 'Number of words' : this.kind === 'matches' ? 'Regular expression' : 'Text'}
        aria-invalid=${this.problem === '' ? 'false' : 'true'}
        placeholder=${this.kind === 'words' ? '20' : this.kind === 'matches' ? '^Recommendation: (Avoid|Try)' : 'Avoid'}
      />
      <button class="button" type="submit">Add</button>
      <button class="link" type="button" @click=${this.#close}>Cancel</button>
      ${this.problem === '' ? nothing : html`<span class="problem" role="alert">${this.problem}</span>`}
    </form>`;
  }

  readonly #onOpen = (): void => {
    this.open = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.focus());
  };

  readonly #close = (): void => {
    [this.open, this.problem] = [false, ''];
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    event.stopPropagation(); // Keys of the text and of the list are typed here.
    if (event.key === 'Escape') this.#close();
  };

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    const check = { kind: this.kind, text: this.renderRoot.querySelector('input')?.value ?? '' };
    this.problem = problemOf(check);
    if (this.problem !== '') return;
    this.#close();
    this.#send([...this.checks, check]);
  };

  #send(detail: readonly AnswerCheck[]): void {
    this.dispatchEvent(new CustomEvent<readonly AnswerCheck[]>('seqsal-checks', { detail }));
  }
}

define('seqsal-answer-checks', SeqsalAnswerChecks);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-answer-checks': SeqsalAnswerChecks;
  }
}

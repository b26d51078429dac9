import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Action } from '../../core/state/action.js';
import type { Edit } from '../../core/state/edit.js';
import { define, sendAction } from '../common/element.js';
import { placePanel, popoverStyles, stopEscape } from '../common/popover.js';
import { shorten } from '../common/format.js';
import { controls } from '../common/styles.js';

/** A change of the prompt that is run at once. */
export interface QuickItem {
  readonly label: string;
  /** What it changes, or why it cannot. */
  readonly what: string;
  readonly prompt: string;
  readonly disabled: boolean;
}

/** What can be done with a segment. */
export interface SegmentMenu {
  readonly text: string;
  /** For a segment of the prompt: the change to begin. */
  readonly edit?: Edit | null;
  /** For a segment of the prompt: the prompt without it. */
  readonly prompt?: string;
  /** For a segment of the prompt: more changes that are run at once. */
  readonly questions?: readonly QuickItem[];
  /** For a segment of the answer: where it ends in the answer, in characters. */
  readonly end?: number;
  /** What removing it does to the selection, in words; '' if that is unknown. */
  readonly removal: string;
}

const WIDTH = 280;

/** The menu of a segment. */
export class SeqsalSegmentMenu extends LitElement {
  static override properties = { menu: { attribute: false } };

  static override styles = [
    controls,
    popoverStyles,
    css`
      .panel {
        padding: 6px;
      }
      p {
        margin: 0;
        padding: 2px 8px 4px;
        color: var(--seqsal-muted);
      }
      button {
        display: block;
        width: 100%;
        padding: 5px 8px;
        border: 0;
        border-radius: 4px;
        background: none;
        text-align: start;
      }
      button:hover:enabled {
        background: var(--seqsal-hover);
      }
      button:disabled {
        cursor: default;
        opacity: 0.6;
      }
      .what {
        display: block;
        color: var(--seqsal-muted);
      }
      .group {
        margin-top: 4px;
        border-top: 1px solid var(--seqsal-line);
        padding-top: 4px;
      }
      .group .what {
        display: inline;
        margin-inline-start: 6px;
      }
    `,
  ];

  declare menu: SegmentMenu | null;

  constructor() {
    super();
    this.menu = null;
  }

  /** Opens the menu next to a rectangle of the window. */
  async open(menu: SegmentMenu, rect: DOMRect): Promise<void> {
    this.menu = menu;
    await this.updateComplete;
    const panel = this.renderRoot.querySelector<HTMLElement>('.panel');
    if (!panel) return;
    placePanel(panel, rect, WIDTH);
    panel.showPopover();
    panel.querySelector('button')?.focus();
  }

  protected override render(): TemplateResult {
    return html`<div class="panel" popover role="menu" aria-label="Segment" @keydown=${this.#onKey}>
      ${this.menu === null ? nothing : this.#renderItems(this.menu)}
    </div>`;
  }

  /** Arrows move through the items. */
  readonly #onKey = (event: KeyboardEvent): void => {
    stopEscape(event);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const items = [...this.renderRoot.querySelectorAll<HTMLButtonElement>('button:enabled')];
    const at = items.findIndex((item) => item.matches(':focus'));
    items.at((at + step) % items.length)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };

  #renderItems({ text, edit, prompt, questions = [], end, removal }: SegmentMenu): TemplateResult {
    return html`<p>“${shorten(text, 60)}”</p>
      ${removal === '' ? nothing : html`<p>${removal}</p>`}
      ${edit ? this.#renderItem('Change', 'Edits the text in its place. A double click does the same.', { type: 'edit', edit, begins: true }) : nothing}
      ${prompt === undefined ? nothing : this.#renderRemoval(prompt)}
      ${questions.length === 0 ? nothing : this.#renderQuestions(questions)}
      ${
        end === undefined
          ? nothing
          : this.#renderItem('Stop here', 'Explains the answer without what follows.', { type: 'cut', end })
      }`;
  }

  #renderRemoval(prompt: string): TemplateResult {
    const empty = prompt.trim() === '';
    const what = empty
      ? 'The prompt would be empty without it.'
      : 'Adds the prompt without it, and shows both side by side.';
    return this.#renderItem('Remove and run', what, { type: 'compare', prompt }, empty);
  }

  #renderQuestions(questions: readonly QuickItem[]): TemplateResult {
    return html`<div class="group" role="group" aria-label="Quick questions">
      <p>Run at once, side by side:</p>
      ${questions.map(({ label, what, prompt, disabled }) =>
        this.#renderItem(label, what, { type: 'compare', prompt }, disabled),
      )}
    </div>`;
  }

  #renderItem(label: string, what: string, action: Action, disabled = false): TemplateResult {
    return html`<button
      role="menuitem"
      ?disabled=${disabled}
      @click=${() => {
        this.renderRoot.querySelector<HTMLElement>('.panel')?.hidePopover();
        sendAction(this, action);
      }}
    >
      ${label} ${what === '' ? nothing : html`<span class="what">${what}</span>`}
    </button>`;
  }
}

define('seqsal-segment-menu', SeqsalSegmentMenu);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-segment-menu': SeqsalSegmentMenu;
  }
}

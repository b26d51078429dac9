import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Edit } from '../../core/state/edit.js';
import { define, sendAction } from '../common/element.js';
import { controls } from '../common/styles.js';

/** What can be done with an edit of the prompt that has not been run. */
export class SeqsalEditBar extends LitElement {
  static override properties = {
    edit: { attribute: false },
    problem: {},
    replaces: { type: Boolean },
    busy: { type: Boolean },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      div {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        padding: 5px 12px;
        border-top: 1px solid var(--seqsal-line);
        background: var(--seqsal-accent-soft);
      }
      .text {
        flex: 1;
        min-width: 12ch;
      }
      .problem {
        justify-content: flex-end;
        background: var(--seqsal-danger-soft);
      }
      .problem .text {
        flex-basis: 100%;
      }
      .run {
        border-color: var(--seqsal-accent);
        background: var(--seqsal-accent);
        color: var(--seqsal-surface);
      }
      kbd {
        font: inherit;
      }
    `,
  ];

  declare edit: Edit | null;
  /** Why the model cannot take the changed prompt, or why something is not in the edit; or ''. */
  declare problem: string;
  /** Whether the changed prompt can take the place of this one. */
  declare replaces: boolean;
  /** Whether the prompt is being added. */
  declare busy: boolean;

  constructor() {
    super();
    [this.edit, this.problem, this.replaces, this.busy] = [null, '', false, false];
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.edit === null) return nothing;
    return html`<div class=${this.problem === '' ? nothing : 'problem'}>
      <span class="text" role="status">${this.problem === '' ? 'This edit is not run yet.' : this.problem}</span>
      <button class="button run" ?disabled=${this.busy} @click=${this.#run(false)}>
        Run and compare <kbd>Ctrl ⏎</kbd>
      </button>
      ${
        this.replaces
          ? html`<button class="button" ?disabled=${this.busy} @click=${this.#run(true)}>Run in place</button>`
          : nothing
      }
      <button
        class="button"
        @click=${() => {
          sendAction(this, { type: 'edit', edit: null });
        }}
      >
        Discard <kbd>Esc</kbd>
      </button>
    </div>`;
  }

  #run(instead: boolean): () => void {
    return () => {
      sendAction(this, { type: 'run', instead });
    };
  }
}

define('seqsal-edit-bar', SeqsalEditBar);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-edit-bar': SeqsalEditBar;
  }
}

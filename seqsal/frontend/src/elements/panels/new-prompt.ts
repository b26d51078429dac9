import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { asMessage, parseMessages } from '../../core/text/messages.js';
import { define } from '../common/element.js';
import { controls, heading } from '../common/styles.js';

const EXAMPLE =
  'Paris is the capital of France. Oslo is the capital of Norway. Rome is the capital of Italy. ' +
  'Which city is the capital of Norway?';

/** A field for a prompt of the user's own, while no prompt is chosen. Its text stays while another prompt is on the screen. */
export class SeqsalNewPrompt extends LitElement {
  static override properties = {
    run: { attribute: false },
    chat: { type: Boolean },
    text: { state: true },
    asMessage: { state: true },
    busy: { state: true },
    problem: { state: true },
  };

  static override styles = [
    controls,
    heading,
    css`
      :host {
        display: block;
      }
      textarea {
        display: block;
        width: 100%;
        min-height: 96px;
        margin-top: 12px;
        padding: 8px 10px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: var(--seqsal-surface);
        font:
          13px/20px Roboto,
          system-ui,
          sans-serif;
        color: inherit;
        resize: vertical;
      }
      textarea::placeholder {
        color: var(--seqsal-muted);
        opacity: 1;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-end;
        gap: 8px;
        margin-top: 8px;
      }
      .problem {
        flex: 1;
        text-align: start;
        color: var(--seqsal-danger);
      }
      .run:enabled {
        border-color: var(--seqsal-accent);
        background: var(--seqsal-accent);
        color: var(--seqsal-surface);
      }
      label {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      label input {
        margin: 0;
        accent-color: var(--seqsal-accent);
      }
      kbd {
        font: inherit;
      }
    `,
  ];

  /** Adds a prompt to the dataset and selects it. */
  declare run: ((prompt: string) => Promise<void>) | null;
  /** Whether the model has a chat template for messages. A plain text is then sent as a message of the user. */
  declare chat: boolean;
  declare private text: string;
  /** Whether the user left that as it is. */
  declare private asMessage: boolean;
  declare private busy: boolean;
  /** Why the prompt was not added, or ''. */
  declare private problem: string;

  constructor() {
    super();
    [this.run, this.chat] = [null, false];
    [this.text, this.asMessage, this.busy, this.problem] = ['', true, false, ''];
  }

  protected override render(): TemplateResult {
    return html`<h2>Write a prompt, or choose one in the Data Table</h2>
      <textarea
        rows="5"
        aria-label="Prompt"
        placeholder=${`For example: ${EXAMPLE}`}
        dir="auto"
        .value=${this.text}
        @input=${(event: InputEvent) => {
          this.text = (event.target as HTMLTextAreaElement).value;
        }}
        @keydown=${this.#onKey}
      ></textarea>
      <div class="row">
        ${this.problem === '' ? nothing : html`<span class="problem" role="alert">${this.problem}</span>`}
        ${this.chat ? this.#renderChoice() : nothing}
        <button class="button run" ?disabled=${!this.#canRun} @click=${this.#onRun}>Run <kbd>Ctrl ⏎</kbd></button>
      </div>`;
  }

  #renderChoice(): TemplateResult {
    const title =
      'In the chat template of the model, as a message of the user. Otherwise the model continues the plain text.';
    return html`<label title=${title}>
      <input
        type="checkbox"
        .checked=${this.asMessage}
        @change=${(event: Event) => {
          this.asMessage = (event.target as HTMLInputElement).checked;
        }}
      />
      Send as a chat message
    </label>`;
  }

  get #canRun(): boolean {
    return this.run !== null && !this.busy && this.text.trim() !== '';
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    event.stopPropagation(); // The page has keys of its own.
    if (event.isComposing || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (this.#canRun) void this.#add();
  };

  readonly #onRun = (): void => {
    void this.#add();
  };

  async #add(): Promise<void> {
    [this.busy, this.problem] = [true, ''];
    try {
      const plain = parseMessages(this.text) === null;
      await this.run?.(plain && this.chat && this.asMessage ? asMessage(this.text) : this.text);
      this.text = '';
    } catch (error) {
      this.problem = `The prompt was not added: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      this.busy = false;
    }
  }
}

define('seqsal-new-prompt', SeqsalNewPrompt);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-new-prompt': SeqsalNewPrompt;
  }
}

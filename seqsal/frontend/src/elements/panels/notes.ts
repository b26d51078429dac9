import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Note } from '../../core/state/caveats.js';
import { dismiss, isDismissed } from '../common/dismissed.js';
import { whole } from '../common/format.js';
import { define, sendAction } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';

const WHERE_MORE =
  'PATH is a folder with a checkpoint of Transformers, or the id of a model on a hub. ' +
  'See “Your own models and prompts” in the README.';

const PLAIN_NOTE = 'plain-prompt';
const PLAIN_HELP =
  'A model that is trained for chats answers better if it reads a prompt as a message. Start a message with its role alone on a ' +
  'line, such as “user:”.';

const OMITTED_HELP =
  'Such models are trained without the thinking of earlier turns. The messages above show what the model reads.';

/** A plain prompt, and the same as a message; null if it cannot be added. */
export interface PlainPrompt {
  readonly message: string | null;
}

/** Small notes: what is not exact, with the reason in a tooltip, and whether the model is only for demonstration. */
export class SeqsalNotes extends LitElement {
  static override properties = {
    notes: { attribute: false },
    remainder: { attribute: false },
    demonstration: {},
    plain: { attribute: false },
    omitted: { type: Number },
    dismissed: { state: true },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0;
        padding: 3px 12px;
        border-top: 1px solid var(--seqsal-line);
        font-size: 12px;
        line-height: 16px;
        color: var(--seqsal-muted);
      }
      [title] {
        text-decoration: underline dotted;
        text-underline-offset: 2px;
      }
      p button {
        padding: 0;
        border: 0;
        background: none;
        color: var(--seqsal-accent);
      }
      p button:hover {
        text-decoration: underline;
      }
      .plain {
        display: flex;
        align-items: center;
        gap: 2px 12px;
        flex-wrap: wrap;
      }
      .close {
        display: flex;
        margin-inline-start: auto;
      }
      code {
        font-family: 'Share Tech Mono', ui-monospace, monospace;
        white-space: nowrap;
        color: var(--seqsal-ink);
      }
      @container seqsal (width < 640px) {
        .more {
          display: none;
        }
      }
      @container seqsal (width < 440px) {
        p {
          padding-inline: 6px;
        }
      }
      /* With four views side by side, the answer needs every line. */
      @container seqsal (width < 260px) {
        .how {
          display: none;
        }
      }
    `,
  ];

  declare notes: readonly Note[];
  /** What the scores of the shown map leave out; null if that is little or unknown. */
  declare remainder: Note | null;
  /** For a demonstration model: how to load a real one; else ''. */
  declare demonstration: string;
  /** A prompt that is sent as plain text to a model with a chat template; null for any other. */
  declare plain: PlainPrompt | null;
  /** How many characters of the messages the chat template leaves out. */
  declare omitted: number;
  /** Whether the user does not want to read again that a prompt is sent as plain text. */
  declare private dismissed: boolean;

  constructor() {
    super();
    [this.plain, this.remainder, this.dismissed] = [null, null, isDismissed(PLAIN_NOTE)];
    [this.notes, this.omitted] = [[], 0];
    this.demonstration = '';
  }

  protected override render(): TemplateResult {
    return html`${this.#renderDemonstration()}${this.#renderPlain()}${this.#renderOmitted()}${this.#renderRemainder()}${this.#renderNotes()}`;
  }

  #renderRemainder(): TemplateResult | typeof nothing {
    if (this.remainder === null) return nothing;
    const { text, help } = this.remainder;
    return html`<p class="remainder"><span title=${help}>${text}</span></p>`;
  }

  #renderPlain(): TemplateResult | typeof nothing {
    if (this.plain === null || this.dismissed) return nothing;
    const { message } = this.plain;
    return html`<p class="plain">
      <span title=${PLAIN_HELP}>This prompt is sent as plain text, without the model’s chat template.</span>
      ${
        message === null
          ? nothing
          : html`<button
              title="Adds the prompt as a message of the user, and shows it"
              @click=${() => {
                sendAction(this, { type: 'compare', prompt: message, instead: true });
              }}
            >
              Send as a chat message
            </button>`
      }
      <button
        class="close"
        aria-label="Do not show this note again"
        title="Do not show this again"
        @click=${this.#dismiss}
      >
        ${ICONS.close}
      </button>
    </p>`;
  }

  readonly #dismiss = (): void => {
    dismiss(PLAIN_NOTE);
    this.dismissed = true;
  };

  #renderDemonstration(): TemplateResult | typeof nothing {
    if (this.demonstration === '') return nothing;
    return html`<p class="demonstration">
      A small demonstration model<span class="more">, trained on a few kinds of prompt</span
      ><span class="how">. To load a real one: <code title=${WHERE_MORE}>${this.demonstration}</code></span
      ><span class="more"> (see the README)</span>
    </p>`;
  }

  #renderOmitted(): TemplateResult | typeof nothing {
    if (this.omitted === 0) return nothing;
    return html`<p class="omitted">
      <span title=${OMITTED_HELP}>The chat template leaves out the thinking of earlier answers</span>:
      ${whole(this.omitted)} characters are not sent to the model.
    </p>`;
  }

  #renderNotes(): TemplateResult | typeof nothing {
    if (this.notes.length === 0) return nothing;
    const parts = this.notes.map(({ text, help }, i) => html`${i > 0 ? ' · ' : ''}<span title=${help}>${text}</span>`);
    return html`<p>On this server, ${parts}.</p>`;
  }
}

define('seqsal-notes', SeqsalNotes);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-notes': SeqsalNotes;
  }
}

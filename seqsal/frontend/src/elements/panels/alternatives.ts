import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Alternative } from '../../core/scores/contrast.js';
import type { TokenDetail } from '../../core/scores/token-details.js';
import { visible } from '../../core/scores/token-details.js';
import type { Alternatives } from '../../core/state/alternatives.js';
import { define, sendAction } from '../common/element.js';
import { percent } from '../common/format.js';
import { ICONS } from '../common/icons.js';
import { placePanel, popoverStyles, stopEscape } from '../common/popover.js';
import { controls } from '../common/styles.js';

const WIDTH = 260;

/** What the model could have written instead of a token of its answer. Choosing one explains why it did not. */
export class SeqsalAlternatives extends LitElement {
  static override properties = {
    alternatives: { attribute: false },
    token: { attribute: false },
    range: { attribute: false },
  };

  static override styles = [
    controls,
    popoverStyles,
    css`
      .panel {
        padding: 8px;
      }
      header {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      header span {
        flex: 1;
      }
      header button {
        display: grid;
        place-content: center;
        width: 24px;
        height: 24px;
        padding: 0;
        border: 0;
        border-radius: 4px;
        background: none;
        color: var(--seqsal-muted);
      }
      header button:hover:enabled,
      li button:hover:enabled {
        background: var(--seqsal-hover);
      }
      header button:disabled {
        opacity: 0.4;
        cursor: default;
      }
      .back {
        rotate: -90deg;
      }
      .on {
        rotate: -90deg;
      }
      p {
        margin: 2px 0;
        color: var(--seqsal-muted);
      }
      .reason {
        color: var(--seqsal-danger);
      }
      ol {
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
      }
      li button {
        display: grid;
        grid-template-columns: 1fr auto;
        width: 100%;
        padding: 2px 6px;
        border: 0;
        border-radius: 4px;
        background: none;
        text-align: start;
      }
      li button:disabled {
        cursor: default;
        color: var(--seqsal-muted);
      }
      b {
        font-weight: 500;
      }
      .share {
        color: var(--seqsal-muted);
        font-variant-numeric: tabular-nums;
      }
      .bar {
        grid-column: 1 / -1;
        height: 2px;
        border-radius: 2px;
        background: var(--seqsal-strength-14);
      }
    `,
  ];

  declare alternatives: Alternatives | null;
  /** The token that was written. */
  declare token: TokenDetail | null;
  /** The positions of the first token of the answer and of the one after its last. */
  declare range: readonly [number, number];

  constructor() {
    super();
    [this.alternatives, this.token, this.range] = [null, null, [0, 0]];
  }

  /** Opens the panel next to a rectangle of the window. */
  async open(rect: DOMRect): Promise<void> {
    await this.updateComplete;
    const panel = this.#panel;
    if (!panel) return;
    placePanel(panel, rect, WIDTH);
    panel.showPopover();
  }

  get #panel(): HTMLElement | null {
    return this.renderRoot.querySelector('.panel');
  }

  protected override render(): TemplateResult {
    return html`<div
      class="panel"
      popover
      role="dialog"
      aria-label="What the model could have written"
      @toggle=${this.#onToggle}
      @keydown=${stopEscape}
    >
      ${this.alternatives === null ? nothing : this.#renderContent(this.alternatives)}
    </div>`;
  }

  #renderContent({ position, request }: Alternatives): TemplateResult {
    const [first, end] = this.range;
    return html`<header>
        <span>Instead of <b>${this.token?.text}</b></span>
        ${this.#renderStep('Previous token', position - 1, position > first, 'back')}
        ${this.#renderStep('Next token', position + 1, position + 1 < end, 'on')}
      </header>
      <p>Choose one to see why the model did not write it.</p>
      ${request.status === 'pending' ? html`<p role="status">Reading the text…</p>` : nothing}
      ${request.status === 'error' ? html`<p class="reason" role="alert">${request.reason}</p>` : nothing}
      ${
        request.status === 'ready'
          ? html`<ol>
              ${request.value.map((each) => this.#renderAlternative(each, position))}
            </ol>`
          : nothing
      }`;
  }

  #renderStep(label: string, position: number, possible: boolean, name: string): TemplateResult {
    return html`<button
      class=${name}
      aria-label=${label}
      title=${label}
      ?disabled=${!possible}
      @click=${() => {
        sendAction(this, { type: 'alternatives', position });
      }}
    >
      ${name === 'back' ? ICONS.up : ICONS.down}
    </button>`;
  }

  #renderAlternative({ id, text, logprob }: Alternative, position: number): TemplateResult {
    const written = id === this.token?.id;
    const probability = Math.exp(logprob);
    return html`<li>
      <button
        ?disabled=${written}
        title="Log-probability ${logprob.toFixed(3)}${written ? ': this is what the model wrote' : ''}"
        @click=${() => {
          this.#panel?.hidePopover();
          const span = { start: position, end: position + 1 };
          sendAction(this, { type: 'contrast', span, versus: { text, token: id } });
        }}
      >
        <span>${visible(text)}${written ? ' (written)' : ''}</span>
        <span class="share">${percent(probability)}</span>
        <span class="bar" style="width:${String(Math.max(1, Math.round(100 * probability)))}%"></span>
      </button>
    </li>`;
  }

  readonly #onToggle = (event: ToggleEvent): void => {
    if (event.newState === 'open') {
      window.addEventListener('keydown', this.#onEscape, { capture: true });
      return;
    }
    window.removeEventListener('keydown', this.#onEscape, { capture: true });
    sendAction(this, { type: 'alternatives', position: null });
  };

  /** Escape closes the panel, also while the focus is in the text, where it would clear the selection. */
  readonly #onEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    event.preventDefault();
    this.#panel?.hidePopover();
  };
}

define('seqsal-alternatives', SeqsalAlternatives);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-alternatives': SeqsalAlternatives;
  }
}

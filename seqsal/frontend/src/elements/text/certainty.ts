import { LitElement, css, html, nothing, unsafeCSS } from 'lit';
import type { TemplateResult } from 'lit';
import { CERTAINTIES, LEAST } from '../../core/scores/certainty.js';
import type { Certainty } from '../../core/scores/certainty.js';
import { define, sendAction } from '../common/element.js';
import { controls } from '../common/styles.js';
import { CERTAINTY_RULES } from './certainty-painter.js';

/** The switch next to the answer that shows how sure the model was of each token, and a legend of the lines. */
export class SeqsalCertainty extends LitElement {
  static override properties = { on: { type: Boolean }, known: { type: Boolean } };

  static override styles = [
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 12px;
        min-width: 0;
        color: var(--seqsal-muted);
        font-size: 11px;
        line-height: 16px;
      }
      button {
        padding: 0;
        border: 0;
        background: none;
        color: var(--seqsal-accent);
        text-align: start;
      }
      button:hover,
      button[aria-pressed='true'] {
        text-decoration: underline;
      }
      button[aria-pressed='true'] {
        font-weight: 500;
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0 10px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        white-space: nowrap;
      }
      ${unsafeCSS(CERTAINTY_RULES)}
    `,
  ];

  declare on: boolean;
  /** Whether the log-probabilities are known, so that there are lines to explain. */
  declare known: boolean;

  constructor() {
    super();
    this.on = false;
    this.known = false;
  }

  protected override render(): TemplateResult {
    return html`<button
        aria-pressed=${this.on ? 'true' : 'false'}
        title="The probability that the model gave to each token of this text, given all before it"
        @click=${() => {
          sendAction(this, { type: 'adjust', choices: { certainty: !this.on } });
        }}
      >
        How sure was the model?</button
      >${
        this.on && this.known
          ? html`<ul aria-label="Probability of each token">
              ${CERTAINTIES.map((name, i) => html`<li><span class="sample ${name}">${rangeOf(name, i)}</span></li>`)}
            </ul>`
          : nothing
      }`;
  }
}

/** "50–90 %" */
function rangeOf(name: Certainty, i: number): string {
  const least = LEAST[name] * 100;
  const surer = CERTAINTIES[i - 1];
  if (surer === undefined) return `≥\u202f${String(least)}\u202f%`;
  const below = LEAST[surer] * 100;
  return least === 0 ? `<\u202f${String(below)}\u202f%` : `${String(least)}–${String(below)}\u202f%`;
}

define('seqsal-certainty', SeqsalCertainty);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-certainty': SeqsalCertainty;
  }
}

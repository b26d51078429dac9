import { LitElement, css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { STEPS } from '../core/heat.js';
import { controls } from './styles.js';

/** What the colours mean. For scores with a sign it says which side supports the selection. */
export class SeqsalLegend extends LitElement {
  static override properties = { signed: { type: Boolean } };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        white-space: nowrap;
        color: var(--seqsal-muted);
      }
      .bar {
        display: flex;
        height: 10px;
        border: 1px solid var(--seqsal-line);
        border-radius: 3px;
        overflow: hidden;
      }
      i {
        width: 5px;
      }
      .short {
        display: none;
      }
      @container (width < 800px) {
        .long {
          display: none;
        }
        .short {
          display: inline;
        }
        i {
          width: 3px;
        }
      }
      @container (width < 440px) {
        i {
          width: 2px;
        }
      }
    `,
  ];

  declare signed: boolean;

  constructor() {
    super();
    this.signed = false;
  }

  protected override render(): TemplateResult {
    return this.signed ? this.#renderSigned() : this.#renderStrength();
  }

  #renderStrength(): TemplateResult {
    return html`<span><span class="long">leaned on </span>less</span>
      <span class="bar" aria-hidden="true">${steps(1, STEPS, 'strength')}</span>
      <span>more</span>`;
  }

  #renderSigned(): TemplateResult {
    return html`<span title="A negative score speaks against the selection">− against</span>
      <span class="bar" aria-hidden="true">${steps(STEPS, 1, 'against')}${steps(1, STEPS, 'support')}</span>
      <span title="A positive score supports the selection"
        ><span class="long">positive supports the selection</span><span class="short">+ supports</span></span
      >`;
  }
}

/** Every second shade of a ramp, from one level to another. */
function steps(from: number, to: number, ramp: string): TemplateResult[] {
  const direction = from < to ? 2 : -2;
  const count = Math.floor(Math.abs(to - from) / 2) + 1;
  return Array.from({ length: count }, (_, i) => {
    const level = String(from + i * direction);
    return html`<i style="background: var(--seqsal-${ramp}-${level})"></i>`;
  });
}

customElements.define('seqsal-legend', SeqsalLegend);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-legend': SeqsalLegend;
  }
}

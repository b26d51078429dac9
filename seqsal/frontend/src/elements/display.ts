import { LitElement, css, html, svg } from 'lit';
import type { TemplateResult } from 'lit';
import { AGGREGATIONS } from '../core/aggregate.js';
import { SCALINGS } from '../core/heat.js';
import type { Choices, ViewState } from '../core/view-state.js';
import './choice.js';
import type { Option } from './choice.js';
import { sendAction } from './events.js';
import { controls } from './styles.js';

const AGGREGATION_HELP = {
  sum: 'A segment counts for all of its tokens; long segments can look important because they are long.',
  mean: 'A segment counts for its average token, however long it is.',
  max: 'A segment counts for its strongest token.',
};
const SCALING_HELP = {
  value: 'Colour in proportion to the score.',
  rank: 'Colour by the place in the order: helps where the scores are nearly even.',
};
const DENSITIES: readonly Option[] = [
  { value: 'roomy', label: 'Roomy' },
  { value: 'compact', label: 'Compact' },
];
const MARKINGS: readonly Option[] = [
  { value: 'fill', label: 'Fill' },
  { value: 'underline', label: 'Underline' },
  { value: 'boxes', label: 'Boxes', help: 'Each segment in a box of its own: shows where segments begin and end.' },
];

const ICON = svg`<svg viewBox="0 0 16 16" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5">
  <path d="M1 4.5h7m4 0h3M1 11.5h3m4 0h7" /><circle cx="10" cy="4.5" r="2" /><circle cx="6" cy="11.5" r="2" />
</svg>`;

/** The panel's width in pixels; its place is found before it is there to be measured. */
const WIDTH = 320;

/** The panel of display choices: how scores are added up, scaled and painted. Opens over the page from its button. */
export class SeqsalDisplay extends LitElement {
  static override properties = { state: { attribute: false } };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-block;
      }
      #open {
        display: flex;
        align-items: center;
        gap: 6px;
        padding-inline: 8px;
      }
      @container (width < 440px) {
        .word {
          display: none;
        }
      }
      .panel {
        inset: auto;
        width: ${WIDTH}px;
        margin: 0;
        padding: 12px;
        border: 1px solid var(--seqsal-line);
        border-radius: 6px;
        background: var(--seqsal-surface);
        color: var(--seqsal-ink);
        box-shadow: 0 4px 16px rgb(0 0 0 / 18%);
      }
      .grid {
        display: grid;
        grid-template-columns: auto 1fr;
        align-items: center;
        gap: 8px 12px;
      }
      input {
        width: 100%;
        accent-color: var(--seqsal-accent);
      }
    `,
  ];

  declare state: ViewState | null;

  constructor() {
    super();
    this.state = null;
  }

  protected override render(): TemplateResult {
    return html`
      <button
        class="button"
        id="open"
        aria-label="Display"
        popovertarget="panel"
        title="How scores are added up and painted"
      >
        ${ICON}<span class="word">Display</span>
      </button>
      <div class="panel" id="panel" popover role="dialog" aria-label="Display" @beforetoggle=${this.#place}>
        ${this.state === null ? '' : this.#renderChoices(this.state)}
      </div>
    `;
  }

  #renderChoices(state: ViewState): TemplateResult {
    const aggregations = AGGREGATIONS.map((value) => ({ value, label: capital(value), help: AGGREGATION_HELP[value] }));
    const scalings = SCALINGS.map((value) => ({ value, label: capital(value), help: SCALING_HELP[value] }));
    return html`<div class="grid">
      ${this.#renderChoice('Add up tokens by', 'aggregation', aggregations, state)}
      ${this.#renderChoice('Colour by', 'scaling', scalings, state)}
      <label class="label" for="intensity">Intensity</label>
      <input
        id="intensity"
        type="range"
        min="0.4"
        max="2.5"
        step="0.1"
        .value=${String(state.intensity)}
        @input=${(event: Event) => {
          this.#send({ intensity: Number((event.target as HTMLInputElement).value) });
        }}
      />
      ${this.#renderChoice('Mark with', 'marking', MARKINGS, state)}
      ${this.#renderChoice('Lines', 'density', DENSITIES, state)}
    </div>`;
  }

  #renderChoice(
    label: string,
    key: 'aggregation' | 'scaling' | 'marking' | 'density',
    options: readonly Option[],
    state: ViewState,
  ): TemplateResult {
    return html`<span class="label" aria-hidden="true">${label}</span>
      <seqsal-choice
        .label=${label}
        .options=${options}
        .value=${state[key]}
        @choose=${(event: CustomEvent<string>) => {
          this.#send({ [key]: event.detail });
        }}
      ></seqsal-choice>`;
  }

  #send(choices: Choices): void {
    sendAction(this, { type: 'adjust', choices });
  }

  /** Below the button and within the window; a popover is otherwise put in the middle of the page. */
  readonly #place = (event: ToggleEvent): void => {
    if (event.newState !== 'open') return;
    const panel = event.target as HTMLElement;
    const button = this.renderRoot.querySelector('#open')?.getBoundingClientRect();
    if (!button) return;
    const left = Math.min(button.right, document.documentElement.clientWidth - 8) - WIDTH;
    panel.style.top = `${String(button.bottom + 4)}px`;
    panel.style.left = `${String(Math.max(8, left))}px`;
  };
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

customElements.define('seqsal-display', SeqsalDisplay);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-display': SeqsalDisplay;
  }
}

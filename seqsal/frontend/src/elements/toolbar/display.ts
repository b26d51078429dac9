import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { AGGREGATIONS } from '../../core/scores/aggregate.js';
import { SCALINGS } from '../../core/scores/heat.js';
import { INTENSITY } from '../../core/state/choices.js';
import { INITIAL } from '../../core/state/view-state.js';
import type { Choices, ViewState } from '../../core/state/view-state.js';
import { define, sendAction } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';
import '../common/choice.js';
import type { Option } from '../common/choice.js';
import '../common/flyout.js';

const AGGREGATION_HELP = {
  sum: 'A segment counts for all of its tokens; long segments can look important because they are long.',
  mean: 'A segment counts for its average token, however long it is.',
  max: 'A segment counts for its strongest token.',
};
const SCALING_HELP = {
  value: 'Colour in proportion to the score.',
  rank: 'Colour by rank: helps if the scores are nearly equal.',
};
const DENSITIES: readonly Option[] = [
  { value: 'roomy', label: 'Roomy' },
  { value: 'compact', label: 'Compact' },
];
const MARKINGS: readonly Option[] = [
  { value: 'fill', label: 'Fill' },
  { value: 'underline', label: 'Underline' },
  { value: 'boxes', label: 'Boxes', help: 'A box around each segment: shows where segments begin and end.' },
];

const TEMPLATE: readonly Option[] = [
  { value: 'shown', label: 'Shown', help: 'What the model’s chat template writes around the messages, in grey.' },
  { value: 'hidden', label: 'Hidden', help: 'The model reads them all the same.' },
];

const WIDTH = 390;
const STOPS: readonly Option[] = [
  { value: '', label: 'Their end', help: 'As the server is set: mostly where the model ends the answer.' },
  { value: '\n\n', label: 'Blank line', help: 'For models that go on with the next example.' },
  { value: '\n', label: 'Line break' },
];

/** The panel of display choices: where answers end, and how scores are aggregated, scaled and painted. */
export class SeqsalDisplay extends LitElement {
  static override properties = {
    state: { attribute: false },
    conversation: { type: Boolean },
    stoppable: { type: Boolean },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-block;
      }
      .grid {
        display: grid;
        grid-template-columns: auto 1fr;
        align-items: center;
        gap: 8px 12px;
      }
      .intensity {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      input {
        flex: 1;
        min-width: 0;
        accent-color: var(--seqsal-accent);
      }
      input.text {
        box-sizing: border-box;
        width: 100%;
        padding: 3px 6px;
        border: 1px solid var(--seqsal-line);
        border-radius: 4px;
        background: none;
        color: inherit;
        font: inherit;
      }
    `,
  ];

  declare state: ViewState | null;
  /** Whether the prompt has messages, and so tokens of a chat template between them. */
  declare conversation: boolean;
  /** Whether an answer can be ended at a text. */
  declare stoppable: boolean;

  constructor() {
    super();
    this.state = null;
    this.conversation = false;
    this.stoppable = false;
  }

  protected override render(): TemplateResult {
    return html`<seqsal-flyout
      label="Display"
      help="Where answers end, and how scores are added up and painted"
      .width=${WIDTH}
      .icon=${ICONS.display}
    >
      ${this.state === null ? '' : this.#renderChoices(this.state)}
    </seqsal-flyout>`;
  }

  #renderChoices(state: ViewState): TemplateResult {
    const aggregations = AGGREGATIONS.map((value) => ({ value, label: capital(value), help: AGGREGATION_HELP[value] }));
    const scalings = SCALINGS.map((value) => ({ value, label: capital(value), help: SCALING_HELP[value] }));
    return html`<div class="grid">
      ${this.#renderChoice('Add up tokens by', 'aggregation', aggregations, state)}
      ${this.#renderChoice('Colour by', 'scaling', scalings, state)} ${this.#renderIntensity(state)}
      ${this.#renderChoice('Mark with', 'marking', MARKINGS, state)}
      ${this.#renderChoice('Lines', 'density', DENSITIES, state)}
      ${this.conversation ? this.#renderTemplate(state) : nothing} ${this.stoppable ? this.#renderStop(state) : nothing}
    </div>`;
  }

  #renderStop({ stop }: ViewState): TemplateResult {
    return html`<span class="label" aria-hidden="true">Stop answers at</span>
      <seqsal-choice
        label="Stop answers at"
        .options=${STOPS}
        .value=${stop}
        @choose=${(event: CustomEvent<string>) => {
          this.#send({ stop: event.detail });
        }}
      ></seqsal-choice>
      <label class="label" for="stop">or at the text</label>
      <input
        id="stop"
        class="text"
        type="text"
        maxlength="100"
        placeholder="a text of yours"
        .value=${STOPS.some(({ value }) => value === stop) ? '' : stop.replaceAll('\n', '\\n')}
        @change=${(event: Event) => {
          this.#send({ stop: unescaped((event.target as HTMLInputElement).value) });
        }}
      />`;
  }

  #renderTemplate({ template }: ViewState): TemplateResult {
    return html`<span class="label" aria-hidden="true">Template tokens</span>
      <seqsal-choice
        label="Template tokens"
        .options=${TEMPLATE}
        .value=${template ? 'shown' : 'hidden'}
        @choose=${(event: CustomEvent<string>) => {
          this.#send({ template: event.detail === 'shown' });
        }}
      ></seqsal-choice>`;
  }

  #renderIntensity({ intensity }: ViewState): TemplateResult {
    return html`<label class="label" for="intensity">Intensity</label>
      <div class="intensity">
        <input
          id="intensity"
          type="range"
          min=${INTENSITY.least}
          max=${INTENSITY.most}
          step=${INTENSITY.step}
          .value=${String(intensity)}
          @input=${(event: Event) => {
            this.#send({ intensity: Number((event.target as HTMLInputElement).value) });
          }}
        />
        <button
          class="button"
          aria-label="Reset the intensity"
          ?disabled=${intensity === INITIAL.intensity}
          @click=${() => {
            this.#send({ intensity: INITIAL.intensity });
          }}
        >
          Reset
        </button>
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
}

/** A typed text with line breaks in place of "\\n". */
function unescaped(text: string): string {
  return text.replaceAll('\\n', '\n');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

define('seqsal-display', SeqsalDisplay);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-display': SeqsalDisplay;
  }
}

import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { MethodDescription } from '../../core/scores/methods.js';
import type { Sequence } from '../../core/state/sequences.js';
import type { ViewState } from '../../core/state/view-state.js';
import granularities from '../../../../shared/granularities.json';
import { UNITS } from '../../core/text/boundaries.js';
import type { Unit } from '../../core/text/boundaries.js';
import { define, sendAction } from '../common/element.js';
import { ICONS } from '../common/icons.js';
import { controls } from '../common/styles.js';
import '../common/choice.js';
import type { Option } from '../common/choice.js';
import './display.js';
import './help.js';
import './pattern.js';
import type { PatternChoice } from './pattern.js';
import './save.js';
import { NO_OUTCOME } from './saving.js';
import type { Outcome, SaveOption } from './saving.js';
import { toolbarStyles } from './styles.js';

const UNIT_OPTIONS: readonly Option[] = UNITS.map((value) => ({ value, ...granularities[value] }));
const PLAIN_UNIT_OPTIONS = UNIT_OPTIONS.filter(({ value }) => value !== 'messages');

/** With more methods than this, they are a drop-down list instead of buttons. */
const MOST_BUTTONS = 4;
/** How many characters of a sequence the picker shows. */
const PREVIEW = 90;

/** The controls above the text: sequence, granularity, method, display, saving and help. */
export class SeqsalToolbar extends LitElement {
  static override properties = {
    sequences: { attribute: false },
    sequence: { attribute: false },
    generating: { type: Boolean },
    methods: { attribute: false },
    state: { attribute: false },
    conversation: { type: Boolean },
    stoppable: { type: Boolean },
    problem: {},
    saveOptions: { attribute: false },
    outcome: { attribute: false },
  };

  static override styles = [controls, toolbarStyles];

  declare sequences: readonly Sequence[];
  declare sequence: Sequence | null;
  /** Whether the model is still generating a response. */
  declare generating: boolean;
  declare methods: readonly MethodDescription[];
  declare state: ViewState | null;
  /** Whether the prompt has messages. */
  declare conversation: boolean;
  /** Whether an answer can be ended at a text. */
  declare stoppable: boolean;
  /** Why the custom pattern does not segment this text, or ''. */
  declare problem: string;
  /** The options for saving. */
  declare saveOptions: readonly SaveOption[];
  /** The outcome of saving. */
  declare outcome: Outcome;

  constructor() {
    super();
    this.sequences = [];
    this.sequence = null;
    this.generating = false;
    this.methods = [];
    this.state = null;
    this.conversation = false;
    this.stoppable = false;
    this.problem = '';
    this.saveOptions = [];
    this.outcome = NO_OUTCOME;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { state } = this;
    if (state === null) return nothing;
    return html`
      ${this.#renderSequences()} ${this.#renderUnits(state)} ${this.#renderMethods(state)}
      <div class="group tools">
        ${this.#renderRanking(state)}
        <seqsal-display
          .state=${state}
          ?conversation=${this.conversation}
          ?stoppable=${this.stoppable}
        ></seqsal-display>
        <seqsal-save .options=${this.saveOptions} .outcome=${this.outcome}></seqsal-save>
        <seqsal-help></seqsal-help>
      </div>
      ${state.granularity.unit === 'custom' ? this.#renderPattern(state) : nothing}
    `;
  }

  #renderSequences(): TemplateResult {
    const waiting = this.generating ? 'Generating the response…' : 'No sequence yet';
    const chosen = this.sequences.findIndex((sequence) => same(sequence, this.sequence));
    return html`<div class="group sequence">
      <span class="label" aria-hidden="true">Sequence</span>
      <select
        aria-label="Sequence"
        title="The sequence to explain: a response of the model, or the target from the dataset"
        ?disabled=${this.sequences.length === 0}
        @change=${this.#onSequence}
      >
        ${chosen < 0 ? html`<option value="-1" selected>${waiting}</option>` : nothing}
        ${this.sequences.map(
          (sequence, i) => html`<option value=${i} .selected=${i === chosen}>${preview(sequence)}</option>`,
        )}
      </select>
    </div>`;
  }

  #renderUnits({ granularity }: ViewState): TemplateResult {
    return html`<div class="group">
      <span class="label" aria-hidden="true">Granularity</span>
      <seqsal-choice
        collapses
        label="Granularity"
        .options=${this.conversation || granularity.unit === 'messages' ? UNIT_OPTIONS : PLAIN_UNIT_OPTIONS}
        .value=${granularity.unit}
        @choose=${(event: CustomEvent<string>) => {
          const unit = event.detail as Unit;
          sendAction(this, { type: 'adjust', choices: { granularity: { ...granularity, unit } } });
        }}
      ></seqsal-choice>
    </div>`;
  }

  #renderMethods({ method }: ViewState): TemplateResult {
    const options = this.methods.map(({ name, label, help }) => ({ value: name, label, help }));
    return html`<div class="group">
      <span class="label" aria-hidden="true">Method</span>
      <seqsal-choice
        collapses
        ?listed=${options.length > MOST_BUTTONS}
        label="Method"
        .options=${options}
        .value=${method ?? ''}
        @choose=${(event: CustomEvent<string>) => {
          sendAction(this, { type: 'adjust', choices: { method: event.detail } });
        }}
      ></seqsal-choice>
    </div>`;
  }

  #renderRanking({ ranking }: ViewState): TemplateResult {
    return html`<button
      class="button ranking"
      aria-label="Strongest"
      aria-pressed=${ranking ? 'true' : 'false'}
      title="A list of the strongest segments"
      @click=${() => {
        sendAction(this, { type: 'adjust', choices: { ranking: !ranking } });
      }}
    >
      ${ICONS.ranking}<span class="word">Strongest</span>
    </button>`;
  }

  #renderPattern({ granularity }: ViewState): TemplateResult {
    return html`<seqsal-pattern
      .pattern=${granularity.pattern}
      .effect=${granularity.role}
      .problem=${this.problem}
      @choose=${(event: CustomEvent<PatternChoice>) => {
        sendAction(this, { type: 'adjust', choices: { granularity: { unit: 'custom', ...event.detail } } });
      }}
    ></seqsal-pattern>`;
  }

  readonly #onSequence = (event: Event): void => {
    const sequence = this.sequences[Number((event.target as HTMLSelectElement).value)];
    if (sequence) sendAction(this, { type: 'choose', sequence });
  };
}

function same(a: Sequence, b: Sequence | null): boolean {
  return b !== null && a.source === b.source && a.text === b.text;
}

function preview({ label, score, text }: Sequence): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  const shown = line.length > PREVIEW ? `${line.slice(0, PREVIEW)}…` : line;
  return `${label}${score === null ? '' : ` (${score.toFixed(2)})`}: ${shown === '' ? 'empty' : shown}`;
}

define('seqsal-toolbar', SeqsalToolbar);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-toolbar': SeqsalToolbar;
  }
}

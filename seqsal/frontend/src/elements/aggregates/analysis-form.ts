import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { AnalysisAction, Scope } from '../../core/analysis/shown.js';
import { INITIAL } from '../../core/analysis/settings.js';
import type { AnalysisSettings, SettingName, SettingProblem } from '../../core/analysis/settings.js';
import type { MethodDescription } from '../../core/scores/methods.js';
import granularities from '../../../../shared/granularities.json';
import { define } from '../common/element.js';
import '../common/choice.js';
import type { Option } from '../common/choice.js';
import { controls } from '../common/styles.js';
import { analysisFormStyles } from './analysis-form-styles.js';
import { sendAnalysis } from './analysis-action.js';

const SELECT: readonly Option[] = [
  { value: 'answer', label: 'All of the answer' },
  { value: 'last_sentence', label: 'Its last sentence' },
  { value: 'pattern', label: 'What an expression finds' },
];
const LABELS: readonly Option[] = [
  { value: 'lines', label: 'The text before a line’s colon', help: '“Taste-likes” of “Taste-likes: Cheese”' },
  { value: 'template', label: 'A template', help: 'Each variable and each line of the fixed text is a label' },
  { value: 'pattern', label: 'Named groups of an expression' },
  { value: 'roles', label: 'Roles of messages', help: 'system, user, assistant, and documents by their number' },
];
const SEGMENTS: readonly Option[] = [
  ...Object.entries(granularities).flatMap(([value, { label, help }]) =>
    value === 'custom' ? [] : [{ value, label, help }],
  ),
  { value: 'labels', label: 'Labelled parts', help: 'One segment for each labelled part' },
];

/** How many examples are analyzed: which, what is explained, by which labels and method. */
export class SeqsalAnalysisForm extends LitElement {
  static override properties = {
    settings: { attribute: false },
    methods: { attribute: false },
    counts: { attribute: false },
    scope: {},
    running: { type: Boolean },
    problem: { attribute: false },
  };

  static override styles = [controls, analysisFormStyles];

  declare settings: AnalysisSettings;
  declare methods: readonly MethodDescription[];
  /** The numbers of all examples and of those that are selected. */
  declare counts: Readonly<Record<Scope, number>>;
  declare scope: Scope;
  /** Whether an analysis runs. */
  declare running: boolean;
  /** What is wrong with a setting. */
  declare problem: SettingProblem | null;

  constructor() {
    super();
    [this.settings, this.methods, this.counts] = [INITIAL, [], { all: 0, selected: 0 }];
    [this.scope, this.running, this.problem] = ['all', false, null];
  }

  protected override render(): TemplateResult {
    const { settings } = this;
    return html`<form @submit=${this.#onSubmit} @keydown=${stopKeys}>
      <div class="field">
        <span class="label">Explain</span>${this.#renderList('What is explained', 'select', SELECT)}
        ${settings.select === 'pattern' ? this.#renderSelectPattern() : nothing} ${this.#renderProblem('select')}
      </div>
      <div class="field">
        <span class="label">Label by</span>${this.#renderList('Labels', 'labels', LABELS)}
        ${settings.labels === 'pattern' ? this.#renderLabelPattern() : nothing} ${this.#renderProblem('labels')}
        ${settings.labels === 'template' ? this.#renderTemplate() : nothing}
      </div>
      <div class="field">
        <span class="label">Method</span>${this.#renderMethods()}
        <span class="pair"
          ><span class="label">over</span>${this.#renderList('Segments', 'granularity', SEGMENTS)}</span
        >
        <label title="What the selection loses without each label: one more forward pass for each"
          ><input type="checkbox" .checked=${settings.removals} @change=${this.#onRemovals} />Measure removals</label
        >
      </div>
      <div class="field">${this.#renderRun()}</div>
    </form>`;
  }

  #renderRun(): TemplateResult {
    const { all, selected } = this.counts;
    const count = this.counts[this.scope];
    const options = [
      { value: 'all', label: `All ${String(all)}` },
      { value: 'selected', label: `Selected ${String(selected)}` },
    ];
    return html`<span class="label wide">Examples</span
      ><seqsal-choice
        label="Examples"
        .options=${options}
        .value=${this.scope}
        @choose=${(event: CustomEvent<Scope>) => {
          sendAnalysis(this, { type: 'scope', scope: event.detail });
        }}
      ></seqsal-choice>
      <button class="button run" type="submit" ?disabled=${count === 0 || this.running}>
        Run over ${String(count)} ${count === 1 ? 'example' : 'examples'}
      </button>
      ${
        count === 0
          ? html`<span class="hint" role="status"
              >No example is selected: select some in the Data Table, or choose All.</span
            >`
          : nothing
      }`;
  }

  #renderList(label: string, name: 'select' | 'labels' | 'granularity', options: readonly Option[]): TemplateResult {
    return html`<seqsal-choice
      listed
      label=${label}
      .options=${options}
      .value=${this.settings[name]}
      @choose=${(event: CustomEvent<string>) => {
        this.#change({ [name]: event.detail });
      }}
    ></seqsal-choice>`;
  }

  #renderMethods(): TemplateResult {
    const options = this.methods.map(({ name, label, help, cost }) => {
      const slow = cost.per === 'segment' || cost.forward + cost.backward > 2;
      return { value: name, label: slow ? `${label} (slow)` : label, help };
    });
    const chosen = options.find(({ value }) => value === this.settings.method) ?? options[0];
    return html`<seqsal-choice
      listed
      label="Method"
      .options=${options}
      .value=${chosen?.value ?? ''}
      @choose=${(event: CustomEvent<string>) => {
        this.#change({ method: event.detail });
      }}
    ></seqsal-choice>`;
  }

  #renderSelectPattern(): TemplateResult {
    return this.#renderText('selectPattern', {
      label: 'Expression for what is explained',
      placeholder: 'Recommendation: (.*)',
      title: 'Python’s regular expressions: group 1, or all of the first match, is explained',
      setting: 'select',
    });
  }

  #renderLabelPattern(): TemplateResult {
    return this.#renderText('labelPattern', {
      label: 'Expression for labels',
      placeholder: '(?P<question>Q: .*)|(?P<hint>Hint: .*)',
      title: 'Python’s regular expressions: each named group is a label',
      setting: 'labels',
    });
  }

  #renderText(
    name: 'selectPattern' | 'labelPattern',
    {
      label,
      placeholder,
      title,
      setting,
    }: Readonly<Record<'label' | 'placeholder' | 'title', string>> & { setting: SettingName },
  ): TemplateResult {
    return html`<input
      class="expression"
      spellcheck="false"
      autocomplete="off"
      aria-label=${label}
      aria-invalid=${String(this.problem?.setting === setting)}
      aria-describedby="problem-${setting}"
      placeholder=${placeholder}
      title=${title}
      .value=${this.settings[name]}
      @input=${(event: Event) => {
        this.#change({ [name]: (event.target as HTMLInputElement).value });
      }}
    />`;
  }

  #renderTemplate(): TemplateResult {
    return html`<textarea
      rows="5"
      spellcheck="false"
      aria-label="Template"
      aria-invalid=${String(this.problem?.setting === 'labels')}
      aria-describedby="problem-labels"
      placeholder=${'Judge a dish for a guest.\n\nTaste-likes: {likes}\nSuggestion: {dish}\nAnalysis:'}
      title="The text of all prompts, with a name in braces for each part that differs; {{ and }} are braces"
      .value=${this.settings.template}
      @input=${(event: Event) => {
        this.#change({ template: (event.target as HTMLTextAreaElement).value });
      }}
    ></textarea>`;
  }

  #renderProblem(setting: SettingName): TemplateResult {
    const shown = this.problem?.setting === setting ? this.problem.reason : '';
    return html`<span class="problem" id="problem-${setting}" role="alert">${shown}</span>`;
  }

  readonly #onRemovals = (event: Event): void => {
    this.#change({ removals: (event.target as HTMLInputElement).checked });
  };

  readonly #onSubmit = (event: Event): void => {
    event.preventDefault();
    sendAnalysis(this, { type: 'run' });
  };

  #change(change: Readonly<Partial<Record<keyof AnalysisSettings, string | boolean>>>): void {
    const action: AnalysisAction = { type: 'settings', settings: { ...this.settings, ...change } as AnalysisSettings };
    sendAnalysis(this, action);
  }
}

/** Keys of LIT's page, such as those of its Data Table, are typed here. */
function stopKeys(event: KeyboardEvent): void {
  event.stopPropagation();
}

define('seqsal-analysis-form', SeqsalAnalysisForm);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-analysis-form': SeqsalAnalysisForm;
  }
}

import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { MEMBERSHIPS } from '../../core/analysis/results.js';
import type { Failure, Membership } from '../../core/analysis/results.js';
import { INITIAL, isSame } from '../../core/analysis/settings.js';
import type { AnalysisSettings, SettingProblem } from '../../core/analysis/settings.js';
import { progressNote } from '../../core/analysis/shown.js';
import type { ChosenLabel, Scope, StartedAnalysis } from '../../core/analysis/shown.js';
import type { MethodDescription } from '../../core/scores/methods.js';
import { define } from '../common/element.js';
import { shorten, whole } from '../common/format.js';
import { controls, palette } from '../common/styles.js';
import { sendAnalysis } from './analysis-action.js';
import './analysis-form.js';
import { analysisStyles } from './analysis-styles.js';
import './label-bars.js';

const MEMBERSHIP_LABELS: Record<Membership, string> = {
  strongest: 'it is the strongest label',
  top3: 'it is among the 3 strongest labels',
  all: 'it occurs',
};

/** Failures that are listed. */
const MOST_LISTED = 50;
const TICK_MS = 1000;

/** An analysis of many examples: its settings, its progress, a bar for each label, and what failed. */
export class SeqsalAnalysis extends LitElement {
  static override properties = {
    problem: {},
    settings: { attribute: false },
    methods: { attribute: false },
    counts: { attribute: false },
    scope: {},
    started: { attribute: false },
    missing: { attribute: false },
    chosen: { attribute: false },
    membership: {},
    names: { attribute: false },
    theme: { reflect: true },
    now: { state: true },
  };

  static override styles = [palette, controls, analysisStyles];

  /** Why there can be no analysis, or ''. */
  declare problem: string;
  declare settings: AnalysisSettings;
  declare methods: readonly MethodDescription[];
  declare counts: Readonly<Record<Scope, number>>;
  declare scope: Scope;
  /** The last analysis; null if there was none. */
  declare started: StartedAnalysis | null;
  /** What is missing in the settings. */
  declare missing: SettingProblem | null;
  declare chosen: ChosenLabel | null;
  declare membership: Membership;
  /** What an example is called, by its number in the analysis. */
  declare names: (index: number) => string;
  declare theme: 'light' | 'dark';
  declare private now: number;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor() {
    super();
    [this.problem, this.settings, this.methods, this.counts] = ['', INITIAL, [], { all: 0, selected: 0 }];
    [this.scope, this.started, this.missing, this.chosen] = ['all', null, null, null];
    [this.membership, this.names, this.theme, this.now] = ['top3', String, 'light', Date.now()];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#tick(false);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('started')) this.#tick(this.started?.phase === 'running');
  }

  protected override render(): TemplateResult {
    if (this.problem !== '') return html`<p class="empty" role="note">${this.problem}</p>`;
    return html`<seqsal-analysis-form
        .settings=${this.settings}
        .methods=${this.methods}
        .counts=${this.counts}
        .scope=${this.scope}
        .running=${this.started?.phase === 'running'}
        .problem=${this.missing ?? this.#settingProblem}
      ></seqsal-analysis-form>
      ${this.started === null ? renderIntroduction() : this.#renderStarted(this.started)}`;
  }

  /** What the server said about a setting, as long as the settings are those that it was asked with. */
  get #settingProblem(): SettingProblem | null {
    const problem = this.started?.problem ?? null;
    if (problem === null || problem.setting === '' || this.started === null) return null;
    return isSame(this.started.settings, this.settings) ? problem : null;
  }

  #renderStarted(started: StartedAnalysis): TemplateResult {
    const { results } = started;
    return html`<div class="status">${this.#renderPhase(started)}</div>
      <div class="results">
        ${results.rows.length === 0 ? this.#renderNothing(started) : this.#renderBars(started)}
        ${this.#renderFailures(results.failures)}
      </div>`;
  }

  #renderNothing({ phase, results }: StartedAnalysis): TemplateResult | typeof nothing {
    if (phase === 'running') return html`<p class="empty">The bars appear after the first examples.</p>`;
    return results.done > 0 && results.done === results.failures.length
      ? html`<p class="empty">
          All examples failed. The reasons are below; what is explained or labelled can be changed above.
        </p>`
      : nothing;
  }

  #renderPhase(started: StartedAnalysis): TemplateResult {
    const { phase, results, problem } = started;
    if (phase === 'running') return this.#renderProgress(started);
    const { done, of, failures } = results;
    const analyzed = `${examples(done - failures.length)} analyzed`;
    const failed = failures.length === 0 ? '' : `, ${whole(failures.length)} failed`;
    if (phase === 'done') return html`<p role="status">${analyzed}${failed}. ${this.#renderCoverage(started)}</p>`;
    const rest = `${analyzed}${failed} of ${whole(of)}. What is done is kept; run it again to go on.`;
    if (phase === 'stopped') return html`<p role="status">Stopped: ${rest}</p>`;
    if (problem?.setting !== '') return html`<p class="failed">This did not run: see the message at the setting.</p>`;
    return html`<p class="failed" role="alert">${problem.reason} ${done === 0 ? '' : rest}</p>`;
  }

  #renderProgress(started: StartedAnalysis): TemplateResult {
    const { results } = started;
    const { done, of, failures } = results;
    const failed = failures.length === 0 ? '' : `, ${whole(failures.length)} failed`;
    const rest = progressNote(started, this.now);
    return html`<progress aria-label="Analyzed examples" max=${of} .value=${done}></progress>
      <span>${whole(done)} of ${examples(of)}${failed}${rest === '' ? '' : ` · ${rest}`}</span>
      <button
        class="button"
        @click=${() => {
          sendAnalysis(this, { type: 'stop' });
        }}
      >
        Cancel
      </button>`;
  }

  /** How many segments have no label, and how the results were made if the settings have changed since. */
  #renderCoverage({ settings, results }: StartedAnalysis): TemplateResult {
    const { segments, unlabelled, ambiguous } = results;
    const changed = isSame(settings, this.settings) ? '' : ' The settings have changed since; run again.';
    const ways = ambiguous === 0 ? '' : ` The template fits ${examples(ambiguous)} in several ways.`;
    const none = segments > 0 && unlabelled === segments ? ' Choose other labels above.' : '';
    return html`${whole(unlabelled)} of ${whole(segments)} segments have no label.${none}${ways}${changed}`;
  }

  #renderBars({ results, phase }: StartedAnalysis): TemplateResult {
    return html`<p class="hint">
        <label
          >A click on a label selects the examples where
          <select @change=${this.#onMembership}>
            ${MEMBERSHIPS.map(
              (each) =>
                html`<option value=${each} .selected=${each === this.membership}>${MEMBERSHIP_LABELS[each]}</option>`,
            )}
          </select></label
        >
        <span role="status">${this.#renderChosen()}</span>
      </p>
      <seqsal-label-bars
        .rows=${results.rows}
        .total=${phase === 'running' ? null : results.done - results.failures.length}
        .selected=${this.chosen}
        noun="example"
        .theme=${this.theme}
        @label-click=${(event: CustomEvent<{ label: string; region: string }>) => {
          sendAnalysis(this, { type: 'choose', ...event.detail });
        }}
      ></seqsal-label-bars>`;
  }

  #renderChosen(): TemplateResult | typeof nothing {
    const { chosen } = this;
    if (chosen === null) return nothing;
    const label = shorten(chosen.label);
    return chosen.count === 0
      ? html`There is none for “${label}”; the selection is unchanged.`
      : html`<b>${examples(chosen.count)}</b> selected by “${label}”. The tab Salience shows the one with its largest
          share.`;
  }

  #renderFailures(failures: readonly Failure[]): TemplateResult | typeof nothing {
    if (failures.length === 0) return nothing;
    return html`<details ?open=${this.started?.results.rows.length === 0}>
      <summary>${examples(failures.length)} failed</summary>
      <ul>
        ${failures
          .slice(0, MOST_LISTED)
          .map(
            ({ index, message }) =>
              html`<li>
                <button class="link" title="Select this example" @click=${this.#show([index])}>
                  ${shorten(this.names(index), 60)}</button
                >: ${message}
              </li>`,
          )}
      </ul>
      ${failures.length > MOST_LISTED ? html`<p>And ${whole(failures.length - MOST_LISTED)} more.</p>` : nothing}
      <button class="link" @click=${this.#show(failures.map(({ index }) => index))}>Select all that failed</button>
    </details>`;
  }

  #show(indices: readonly number[]): () => void {
    return () => {
      sendAnalysis(this, { type: 'show', indices });
    };
  }

  readonly #onMembership = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    sendAnalysis(this, { type: 'membership', membership: MEMBERSHIPS.find((each) => each === value) ?? 'top3' });
  };

  #tick(on: boolean): void {
    if (on === (this.#timer !== null)) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.now = Date.now();
    this.#timer = on ? setInterval(() => (this.now = Date.now()), TICK_MS) : null;
  }
}

function renderIntroduction(): TemplateResult {
  return html`<p class="empty">
    Which parts of the prompts do the answers depend on, over many examples? Choose what is explained and how parts of
    different prompts are labelled, then press Run. Each example’s target is explained, or else the model’s own answer.
    It runs in the background; the page stays usable.
  </p>`;
}

function examples(count: number): string {
  return `${whole(count)} ${count === 1 ? 'example' : 'examples'}`;
}

define('seqsal-analysis', SeqsalAnalysis);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-analysis': SeqsalAnalysis;
  }
}

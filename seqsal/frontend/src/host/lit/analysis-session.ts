import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { examplesOf, labelKey } from '../../core/analysis/results.js';
import { missingText } from '../../core/analysis/settings.js';
import type { SettingProblem } from '../../core/analysis/settings.js';
import type { AnalysisAction, ChosenLabel, Scope } from '../../core/analysis/shown.js';
import '../../elements/aggregates/analysis.js';
import type { AnalysisRun } from './analysis-run.js';
import { salienceModel } from './host.js';
import { methodsOf } from './methods.js';
import { analyses } from './page.js';
import type { LitInput, LitModuleElement } from './types.js';

const NO_SERVER =
  'An analysis of many examples needs a server of seqsal, and this page is one of LIT’s own server. Start seqsal with these models and datasets, or run “seqsal analyze” on them.';

/** One module on the page: the analyses of its model over the present dataset. */
export class AnalysisSession {
  readonly #module: LitModuleElement;
  /** Null while the user has not chosen: then several selected examples are analyzed, or else all. */
  #scope: Scope | null = null;
  #chosen: (ChosenLabel & { readonly ids: readonly string[] }) | null = null;
  /** What is missing in the settings; null until the user wants to run. */
  #missing: SettingProblem | null = null;
  readonly #changed = (): void => {
    this.#module.requestUpdate();
  };

  constructor(module: LitModuleElement) {
    this.#module = module;
  }

  connect(): void {
    analyses.join(this.#changed);
    this.#module.reactImmediately(
      () => [this.#module.model, this.#module.appState.currentDataset, this.#examples.length, ...this.#selected],
      () => {
        this.#forgetOthersChoice();
        this.#changed();
      },
    );
  }

  disconnect(): void {
    analyses.leave(this.#changed);
  }

  render(): TemplateResult {
    const problem = this.#problem();
    const { started, ids } = this.#run;
    return html`<seqsal-analysis
      .problem=${problem}
      .settings=${analyses.settings}
      .methods=${problem === '' ? this.#methods : []}
      .counts=${{ all: this.#examples.length, selected: this.#selected.length }}
      .scope=${this.#shownScope}
      .started=${started}
      .missing=${this.#missing}
      .chosen=${this.#chosen}
      .membership=${analyses.membership}
      .names=${(index: number): string => this.#nameOf(ids[index] ?? '')}
      @seqsal-analysis=${(event: CustomEvent<AnalysisAction>) => {
        this.#act(event.detail);
      }}
    ></seqsal-analysis>`;
  }

  #act(action: AnalysisAction): void {
    switch (action.type) {
      case 'settings':
        this.#missing = null;
        analyses.settings = action.settings;
        break;
      case 'scope':
        this.#scope = action.scope;
        break;
      case 'run':
        this.#start();
        break;
      case 'stop':
        this.#run.stop();
        break;
      case 'choose':
        this.#choose(action.label, action.region);
        break;
      case 'membership':
        analyses.membership = action.membership;
        if (this.#chosen) this.#choose(this.#chosen.label, this.#chosen.region);
        break;
      case 'show':
        this.#select(action.indices);
        break;
    }
    analyses.changed();
  }

  #start(): void {
    const { settings } = analyses;
    this.#missing = missingText(settings);
    const address = this.#module.appState.metadata.seqsal?.jobs ?? '';
    const chosen = new Set(this.#selected);
    const inputs = this.#shownScope === 'all' ? this.#examples : this.#examples.filter(({ id }) => chosen.has(id));
    if (this.#missing !== null || inputs.length === 0 || address === '') return;
    this.#chosen = null;
    const { model, appState } = this.#module;
    const method = this.#methods.find(({ name }) => name === settings.method) ?? this.#methods[0];
    void this.#run.start({
      address,
      model,
      dataset: appState.currentDataset,
      inputs,
      settings,
      method: method?.name ?? '',
    });
  }

  #choose(label: string, region: string): void {
    const results = this.#run.started?.results;
    if (!results) return;
    const ids = this.#select(examplesOf(results, labelKey({ label, region }), analyses.membership));
    this.#chosen = { label, region, count: ids.length, ids };
  }

  /** Selects examples in LIT; returns the ids of those that are still there. Nothing is selected instead of none. */
  #select(indices: readonly number[]): readonly string[] {
    const here = new Set(this.#examples.map(({ id }) => id));
    const ids = indices.map((index) => this.#run.ids[index] ?? '').filter((id) => here.has(id));
    if (ids.length > 0) this.#module.selectionService.selectIds?.(ids);
    return ids;
  }

  /** A selection that was made elsewhere is no longer that of a label. */
  #forgetOthersChoice(): void {
    if (this.#chosen === null || this.#chosen.ids.length === 0) return;
    const [mine, now] = [new Set(this.#chosen.ids), this.#selected];
    if (mine.size !== now.length || !now.every((id) => mine.has(id))) this.#chosen = null;
  }

  get #shownScope(): Scope {
    if (this.#scope !== null) return this.#scope;
    // One example is always selected to be looked at. Those of a label were not chosen to be analyzed again.
    return this.#selected.length > 1 && this.#chosen === null ? 'selected' : 'all';
  }

  get #run(): AnalysisRun {
    return analyses.runOf(this.#module.model, this.#module.appState.currentDataset);
  }

  get #methods(): ReturnType<typeof methodsOf> {
    const { model, appState } = this.#module;
    return methodsOf({ output: appState.metadata.models[salienceModel(model)]?.spec.output ?? {} });
  }

  get #examples(): readonly LitInput[] {
    return this.#module.appState.currentInputData ?? [];
  }

  get #selected(): readonly string[] {
    return this.#module.selectionService.selectedIds ?? [];
  }

  /** An example as LIT's Data Table shows it: its number and its source, or else the start of its prompt. */
  #nameOf(id: string): string {
    const number = this.#examples.findIndex((each) => each.id === id);
    const { source, prompt } = this.#examples[number]?.data ?? {};
    const text = typeof source === 'string' && source !== '' ? source : prompt;
    return number < 0 ? 'an example that is gone' : `${String(number)}: ${typeof text === 'string' ? text : ''}`;
  }

  #problem(): string {
    const { model, appState } = this.#module;
    if ((appState.metadata.seqsal?.jobs ?? '') === '') return NO_SERVER;
    if (model === '' || salienceModel(model) in appState.metadata.models) return '';
    return `The model ${model} has no attribution: this needs a model named ${salienceModel(model)}. Load ${model} with seqsal.`;
  }
}

import { ResultCollector } from '../../core/analysis/results.js';
import type { AnalysisResults } from '../../core/analysis/results.js';
import { jobFields } from '../../core/analysis/settings.js';
import type { AnalysisSettings, SettingName } from '../../core/analysis/settings.js';
import type { StartedAnalysis } from '../../core/analysis/shown.js';
import { CLIENT, JobError, follow, isEnd, newView } from './jobs.js';
import { PATIENT_WAITS, withRestarts } from './restart.js';
import type { LitInput } from './types.js';

/** What is analyzed, and where. */
export interface AnalysisRequest {
  /** The address of the server's jobs. */
  readonly address: string;
  readonly model: string;
  readonly dataset: string;
  readonly inputs: readonly LitInput[];
  readonly settings: AnalysisSettings;
  /** The name of the method. */
  readonly method: string;
}

/** The analyses of one model over one dataset, one at a time. It goes on while no module shows it. */
export class AnalysisRun {
  readonly #changed: () => void;
  readonly #view = newView();
  #abort: AbortController | null = null;
  #started: StartedAnalysis | null = null;
  #ids: readonly string[] = [];

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Null until one is started. */
  get started(): StartedAnalysis | null {
    return this.#started;
  }

  /** The ids of the examples, by their numbers in the results. */
  get ids(): readonly string[] {
    return this.#ids;
  }

  /** Shows an analysis that was done before. */
  restore(started: StartedAnalysis, ids: readonly string[]): void {
    [this.#started, this.#ids] = [started, ids];
    this.#changed();
  }

  /** Starts an analysis, which stops the one that runs. Returns when it has ended. */
  async start(request: AnalysisRequest): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#ids = request.inputs.map(({ id }) => id);
    const { settings, inputs } = request;
    const { results } = new ResultCollector(inputs.length);
    this.#started = { phase: 'running', settings, results, place: 0, lost: false, started: Date.now(), problem: null };
    this.#changed();
    try {
      const onLost = (): void => {
        this.#update({ lost: true, place: 0 });
      };
      await withRestarts(() => this.#follow(request, abort.signal), abort.signal, { waits: PATIENT_WAITS, onLost });
      this.#end(abort, { phase: 'done' });
    } catch (error) {
      if (!abort.signal.aborted) this.#end(abort, { phase: 'failed', problem: problemIn(error) });
    }
  }

  stop(): void {
    const abort = this.#abort;
    if (abort === null) return;
    abort.abort();
    this.#end(abort, { phase: 'stopped' });
  }

  async #follow(request: AnalysisRequest, signal: AbortSignal): Promise<void> {
    // A server that took over begins anew; what the one before it sent stays until then.
    const collector = new ResultCollector(request.inputs.length);
    await follow(request.address, { method: 'POST', body: bodyOf(request, this.#view), signal }, (event, data) => {
      if (signal.aborted) return true;
      if (event === 'queued') this.#update({ place: Number(data['place']), lost: false });
      if (event === 'result') {
        collector.add(data['prediction'] as Readonly<Record<string, unknown>>);
        this.#update({ results: collector.results, place: 0, lost: false });
      }
      return isEnd(event, data);
    });
  }

  #end(abort: AbortController, change: Partial<StartedAnalysis>): void {
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#update({ ...change, lost: false });
  }

  #update(change: Partial<StartedAnalysis> & { results?: AnalysisResults }): void {
    if (this.#started === null) return;
    this.#started = { ...this.#started, ...change };
    this.#changed();
  }
}

function bodyOf({ model, dataset, inputs, settings, method }: AnalysisRequest, view: string): string {
  return JSON.stringify({
    kind: 'analysis',
    model,
    dataset,
    // An unchanged example of the dataset is sent as its id.
    inputs: inputs.map((input) => (input.meta.added === true ? input : input.id)),
    ...jobFields(settings, method),
    client: CLIENT,
    view,
  });
}

function problemIn(error: unknown): { setting: SettingName; reason: string } {
  const reason = error instanceof Error ? error.message : String(error);
  const named = error instanceof JobError ? error.setting : '';
  return { setting: named === 'select' || named === 'labels' ? named : '', reason };
}

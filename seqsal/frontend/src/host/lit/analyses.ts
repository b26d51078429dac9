import { ResultCollector, labelKey } from '../../core/analysis/results.js';
import type { AnalysisResults, Membership } from '../../core/analysis/results.js';
import { INITIAL, readSettings } from '../../core/analysis/settings.js';
import type { AnalysisSettings } from '../../core/analysis/settings.js';
import type { StartedAnalysis } from '../../core/analysis/shown.js';
import { AnalysisRun } from './analysis-run.js';

const SETTINGS = 'seqsal.analysis.settings';
const RESULTS = 'seqsal.analysis.results.';

/** What a tab keeps: its `sessionStorage`, or nothing where the page may not use it. */
type Kept = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * The analyses of a page's models and datasets, and the settings of the next one. All modules share them, so that an analysis goes on
 * while another tab of LIT's page is open. The settings and the last results of each stay in the tab when the page is loaded again.
 */
export class SharedAnalyses {
  readonly #kept: Kept | null;
  readonly #runs = new Map<string, AnalysisRun>();
  readonly #modules = new Set<() => void>();
  #settings: AnalysisSettings | null = null;
  membership: Membership = 'top3';

  constructor(kept: Kept | null) {
    this.#kept = kept;
  }

  join(changed: () => void): void {
    this.#modules.add(changed);
  }

  leave(changed: () => void): void {
    this.#modules.delete(changed);
  }

  get settings(): AnalysisSettings {
    this.#settings ??= readSettings(this.#read(SETTINGS) ?? INITIAL);
    return this.#settings;
  }

  set settings(settings: AnalysisSettings) {
    this.#settings = settings;
    this.#write(SETTINGS, settings);
    this.changed();
  }

  /** Call this when anything that all modules show has changed. */
  readonly changed = (): void => {
    for (const changed of this.#modules) changed();
  };

  /** The analyses of a model over a dataset. */
  runOf(model: string, dataset: string): AnalysisRun {
    const key = JSON.stringify([model, dataset]);
    const known = this.#runs.get(key);
    if (known) return known;
    const run = new AnalysisRun(() => {
      this.#keep(key, run);
      this.changed();
    });
    this.#runs.set(key, run);
    const saved = readRun(this.#read(RESULTS + key));
    if (saved)
      queueMicrotask(() => {
        run.restore(saved.started, saved.ids);
      });
    return run;
  }

  #keep(key: string, { started, ids }: AnalysisRun): void {
    if (started?.phase !== 'done') return;
    const { results } = started;
    this.#write(RESULTS + key, { started: { ...started, results: writeResults(results) }, ids });
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(this.#kept?.getItem(name) ?? 'null');
    } catch {
      return null;
    }
  }

  #write(name: string, value: unknown): void {
    try {
      this.#kept?.setItem(name, JSON.stringify(value));
    } catch {
      // The storage is full: the results are gone when the page is loaded again.
    }
  }
}

/** Results in the format of the server's parts. */
function writeResults(results: AnalysisResults): Readonly<Record<string, unknown>> {
  const { rows, failures, members, ...counts } = results;
  return {
    ...counts,
    labels: rows,
    errors: failures.map(({ index, message }) => ({ record: index, message })),
    members: rows.map(({ label, region }) => ({
      label,
      region,
      records: (members.get(labelKey({ label, region })) ?? []).map(({ index, share, rank }) => [index, share, rank]),
    })),
  };
}

function readRun(value: unknown): { readonly started: StartedAnalysis; readonly ids: readonly string[] } | null {
  const { started, ids } = (value ?? {}) as { started?: Readonly<Record<string, unknown>>; ids?: unknown };
  const results = started?.['results'];
  if (!started || typeof results !== 'object' || results === null || !Array.isArray(ids)) return null;
  const collector = new ResultCollector(ids.length);
  collector.add(results as Readonly<Record<string, unknown>>);
  return {
    ids: ids.map(String),
    started: {
      phase: 'done',
      settings: readSettings(started['settings']),
      results: collector.results,
      place: 0,
      lost: false,
      started: Number(started['started']),
      problem: null,
    },
  };
}

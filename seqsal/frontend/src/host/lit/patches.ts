import { nothing } from 'lit';
import type { LitModuleElement } from './types.js';

/** The parts of LIT's Metrics module that are used here (lit-nlp 1.3.1). */
interface MetricsModule extends LitModuleElement {
  /** 0 while the module is behind another tab. */
  readonly shouldReact: number;
  /** What runs once the module is visible. */
  readonly pendingReactions: Map<() => void, object>;
  addMetrics(...inputs: unknown[]): Promise<void>;
}

/**
 * Makes LIT's Metrics module wait until its tab is opened, if the server is ours.
 *
 * Otherwise it requests metrics of the whole dataset when the page opens, even behind another tab, so a language model has
 * to answer every prompt.
 */
export function deferMetrics(): void {
  const prototype = customElements.get('metrics-module')?.prototype as MetricsModule | undefined;
  if (typeof prototype?.addMetrics !== 'function') return;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- It is called on the module below.
  const { addMetrics } = prototype;
  prototype.addMetrics = function (this: MetricsModule, ...inputs: unknown[]): Promise<void> {
    const ours = this.appState.metadata.seqsal !== undefined;
    if (!ours || this.shouldReact !== 0) return addMetrics.apply(this, inputs);
    this.pendingReactions.set(() => void addMetrics.apply(this, inputs), {});
    return Promise.resolve();
  };
}

/** The element of LIT's tour, which the question mark opens over the page (lit-nlp 1.3.1). */
const TOUR = 'lit-documentation';

interface Tour {
  isOpen: boolean;
  render: (this: Tour) => unknown;
}

/**
 * Makes LIT's tour render nothing while it is closed.
 *
 * LIT renders it hidden, so the browser loads its first picture (0.6 MB) with every page. The render function observes `isOpen`,
 * so the tour renders itself once it is opened.
 */
export function renderTourWhenOpen(): void {
  const tour = customElements.get(TOUR)?.prototype as Tour | undefined;
  if (typeof tour?.render !== 'function') return;
  const render = tour.render;
  tour.render = function (): unknown {
    return this.isOpen ? render.call(this) : nothing;
  };
}

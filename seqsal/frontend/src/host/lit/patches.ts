import { nothing } from 'lit';
import type { LitModuleElement } from './types.js';

/** What of LIT's Metrics module is touched (lit-nlp 1.3.1). */
interface MetricsModule extends LitModuleElement {
  /** 0 while the module is behind another tab. */
  readonly shouldReact: number;
  /** What to do once it is seen. */
  readonly pendingReactions: Map<() => void, object>;
  addMetrics(...inputs: unknown[]): Promise<void>;
}

/**
 * Has LIT's Metrics module wait until its tab is opened, where the server is ours.
 *
 * It asks for metrics of the whole dataset as soon as the page is there, whatever tab it stands behind, and so has a
 * language model answer every prompt.
 */
export function holdMetricsBack(): void {
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

/** The element of LIT's tour, which lies over the page when the question mark is pressed (lit-nlp 1.3.1). */
const TOUR = 'lit-documentation';

interface Tour {
  isOpen: boolean;
  render: (this: Tour) => unknown;
}

/**
 * Has LIT's tour draw nothing while it is closed.
 *
 * LIT draws it hidden, and the browser loads its first picture (0.6 MB) with every page. `isOpen` is observed where the
 * tour is drawn, so it draws itself once it is opened.
 */
export function drawTourWhenOpen(): void {
  const tour = customElements.get(TOUR)?.prototype as Tour | undefined;
  if (typeof tour?.render !== 'function') return;
  const render = tour.render;
  tour.render = function (): unknown {
    return this.isOpen ? render.call(this) : nothing;
  };
}

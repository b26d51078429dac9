import type { LitModuleElement } from './lit-types.js';

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

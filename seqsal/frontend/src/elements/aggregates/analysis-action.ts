import type { AnalysisAction } from '../../core/analysis/shown.js';

/** The event of an analysis of many examples: what the user did, for the owner of its state. */
export const ANALYSIS = 'seqsal-analysis';

export function sendAnalysis(from: EventTarget, action: AnalysisAction): void {
  from.dispatchEvent(new CustomEvent<AnalysisAction>(ANALYSIS, { detail: action, bubbles: true, composed: true }));
}

declare global {
  interface HTMLElementEventMap {
    [ANALYSIS]: CustomEvent<AnalysisAction>;
  }
}

import { AnalysisSession } from './analysis-session.js';
import { defineModule } from './module-class.js';
import type { LitModuleClass } from './types.js';

/** Registers the LIT module that analyzes many examples. */
export function defineAnalysisModule(base: LitModuleClass): void {
  defineModule(base, {
    name: 'seqsal-aggregate',
    title: 'Salience of many examples',
    info: 'Which parts of a template the answers to many examples depend on. Press Run; a click on a label selects its examples, so that LIT’s Data Table and metrics follow.',
    duplicateForExampleComparison: false,
    session: (module) => new AnalysisSession(module),
  });
}

import { defineModule } from './module-class.js';
import { LitSession } from './session.js';
import type { LitModuleClass } from './types.js';

export const MODULE_NAME = 'seqsal-module';

/** Registers the LIT module that explains an answer. */
export function defineSalienceModule(base: LitModuleClass): void {
  defineModule(base, {
    name: MODULE_NAME,
    title: 'Sequence Salience',
    info: 'Which parts of the prompt the answer depends on. Click a segment of the answer to explain it, or drag over several; Ctrl-click adds one.',
    duplicateForExampleComparison: true,
    session: (module) => new LitSession(module),
  });
}

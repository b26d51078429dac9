// Loaded after LIT's main.js. LIT looks up its modules when the window has loaded, so this registers in time.
import { defineAnalysisModule } from './host/lit/analysis-module.js';
import { shareDatapointEditor } from './host/lit/datapoint-editor.js';
import { findLitModule } from './host/lit/module-class.js';
import { unsentPrompts } from './host/lit/page.js';
import { deferMetrics, renderTourWhenOpen } from './host/lit/patches.js';
import { defineSalienceModule, MODULE_NAME } from './host/lit/salience-module.js';

const base = findLitModule();
if (base === null) {
  console.error(
    `seqsal: LIT's client is not on this page, or is not the one of lit-nlp 1.3; ${MODULE_NAME} is missing.`,
  );
} else if (customElements.get(MODULE_NAME) === undefined) {
  defineSalienceModule(base);
  defineAnalysisModule(base);
  renderTourWhenOpen();
  deferMetrics();
  shareDatapointEditor(unsentPrompts);
}

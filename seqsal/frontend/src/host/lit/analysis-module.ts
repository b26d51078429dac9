import { css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { AnalysisSession } from './analysis-session.js';
import { shouldDisplayModule } from './module.js';
import type { LitModuleClass } from './types.js';

export const ANALYSIS_MODULE_NAME = 'seqsal-aggregate';

const INFO =
  'Which parts of a template the answers to many examples depend on. Press Run; a click on a label selects its examples, so that LIT’s Data Table and metrics follow.';

const styles = css`
  :host {
    display: block;
    height: 100%;
  }
`;

function template(model: string, selectionServiceIndex: number, shouldReact: number): TemplateResult {
  return html`<seqsal-aggregate
    model=${model}
    .shouldReact=${shouldReact}
    selectionServiceIndex=${selectionServiceIndex}
  ></seqsal-aggregate>`;
}

/** Registers the LIT module that analyzes many examples. */
export function defineAnalysisModule(base: LitModuleClass): void {
  class SeqsalAggregate extends base {
    static override title = 'Salience of many examples';
    static override infoMarkdown = INFO;
    static override numCols = 6;
    static override duplicateForExampleComparison = false;
    static override duplicateForModelComparison = true;
    static override duplicateAsRow = true;
    static override template = template;
    static override shouldDisplayModule = shouldDisplayModule;
    static styles = styles;

    readonly #session = new AnalysisSession(this);

    override connectedCallback(): void {
      super.connectedCallback();
      this.#session.connect();
    }

    override disconnectedCallback(): void {
      super.disconnectedCallback();
      this.#session.disconnect();
    }

    override renderImpl(): TemplateResult {
      return this.#session.render();
    }
  }

  customElements.define(ANALYSIS_MODULE_NAME, SeqsalAggregate);
}

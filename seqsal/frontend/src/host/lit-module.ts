import { css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { generates, salienceModel } from './lit-host.js';
import { LitSession } from './lit-session.js';
import type { LitModelInfos, LitModuleClass } from './lit-types.js';

export const MODULE_NAME = 'seqsal-module';

const INFO =
  'Which parts of the prompt the model leaned on. Click a segment of the answer to explain it, or drag over several; Ctrl-click adds one.';

const styles = css`
  :host {
    display: block;
    height: 100%;
  }
`;

function template(model: string, selectionServiceIndex: number, shouldReact: number): TemplateResult {
  return html`<seqsal-module
    model=${model}
    .shouldReact=${shouldReact}
    selectionServiceIndex=${selectionServiceIndex}
  ></seqsal-module>`;
}

/** Where any model writes text, or comes with a salience model as LIT's own module expects. */
function shouldDisplayModule(models: LitModelInfos): boolean {
  return Object.entries(models).some(([name, { spec }]) => generates(spec.output) || salienceModel(name) in models);
}

/** Registers the LIT module, as a subclass of the class that LIT's own modules extend. */
export function defineLitModule(base: LitModuleClass): void {
  class SeqsalModule extends base {
    static override title = 'Sequence Salience';
    static override infoMarkdown = INFO;
    static override numCols = 6;
    static override duplicateForExampleComparison = true;
    static override duplicateForModelComparison = true;
    static override duplicateAsRow = true;
    static override template = template;
    static override shouldDisplayModule = shouldDisplayModule;
    static styles = styles;

    readonly #session = new LitSession(this);

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

  customElements.define(MODULE_NAME, SeqsalModule);
}

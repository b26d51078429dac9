import { css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { generates, salienceModel } from './host.js';
import { LitSession } from './session.js';
import type { LitModelInfos, LitModuleClass } from './types.js';

export const MODULE_NAME = 'seqsal-module';

const INFO =
  'Which parts of the prompt the answer depends on. Click a segment of the answer to explain it, or drag over several; Ctrl-click adds one.';

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

/** Whether any model generates text, or has a salience model as LIT's own module expects. */
export function shouldDisplayModule(models: LitModelInfos): boolean {
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

/** A module that every LIT build with sequence salience registers, and that extends the class we need. */
const KNOWN_MODULE = 'sequence-salience-module';

/**
 * The class that all of LIT's modules extend, or null if LIT's client is not on the page.
 *
 * LIT's bundle exports nothing. This walks up the prototype chain of a registered module to the class that owns
 * `shouldDisplayModule` (lit-nlp 1.3.1: two classes up).
 */
export function findLitModule(): LitModuleClass | null {
  let candidate: unknown = customElements.get(KNOWN_MODULE);
  let owner: unknown = null;
  while (typeof candidate === 'function' && candidate !== HTMLElement) {
    if (Object.hasOwn(candidate, 'shouldDisplayModule')) owner = candidate;
    candidate = Object.getPrototypeOf(candidate) as unknown;
  }
  return owner as LitModuleClass | null;
}

import { css } from 'lit';
import type { TemplateResult } from 'lit';
import { html, unsafeStatic } from 'lit/static-html.js';
import { generates, salienceModel } from './host.js';
import type { LitModelInfos, LitModuleClass, LitModuleElement } from './types.js';

/** A module that every LIT build with sequence salience registers, and that extends the class we need. */
const KNOWN_MODULE = 'sequence-salience-module';

const styles = css`
  :host {
    display: block;
    height: 100%;
  }
`;

/** What a module on the page shows. */
export interface ModuleSession {
  connect(): void;
  disconnect(): void;
  render(): TemplateResult;
}

export interface ModuleDescription {
  /** The name of the element, which layouts use. */
  readonly name: string;
  readonly title: string;
  /** The help text, as Markdown. */
  readonly info: string;
  /** Whether two compared examples have a module each. */
  readonly duplicateForExampleComparison: boolean;
  readonly session: (module: LitModuleElement) => ModuleSession;
}

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

/** Registers a LIT module, as a subclass of the class that LIT's own modules extend. */
export function defineModule(base: LitModuleClass, description: ModuleDescription): void {
  class SeqsalModule extends base {
    static override title = description.title;
    static override infoMarkdown = description.info;
    static override numCols = 6;
    static override duplicateForExampleComparison = description.duplicateForExampleComparison;
    static override duplicateForModelComparison = true;
    static override duplicateAsRow = true;
    static override template = templateOf(description.name);
    static override shouldDisplayModule = shouldDisplayModule;
    static styles = styles;

    readonly #session = description.session(this);

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

  customElements.define(description.name, SeqsalModule);
}

function templateOf(name: string): LitModuleClass['template'] {
  const tag = unsafeStatic(name);
  return (model, selectionServiceIndex, shouldReact) => html`<${tag}
    model=${model}
    .shouldReact=${shouldReact}
    selectionServiceIndex=${selectionServiceIndex}
  ></${tag}>`;
}

/** Whether any model generates text, or has a salience model as LIT's own module expects. */
function shouldDisplayModule(models: LitModelInfos): boolean {
  return Object.entries(models).some(([name, { spec }]) => generates(spec.output) || salienceModel(name) in models);
}

import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { SalienceStore } from '../core/store.js';
import type { Action } from '../core/store.js';
import '../elements/view.js';
import { createLitHost, exampleOf, salienceModel } from './lit-host.js';
import type { LitContext } from './lit-host.js';
import type { LitModuleElement } from './lit-types.js';
import { findStartsInWorker } from './pattern-worker.js';
import { SharedChoices } from './shared-choices.js';

const shared = new SharedChoices();

/** What one module on the page does: follows LIT's selection, holds the store, draws the view. */
export class LitSession {
  readonly #module: LitModuleElement;
  readonly #store: SalienceStore;
  #shown: string | null = null;

  constructor(module: LitModuleElement) {
    this.#module = module;
    this.#store = new SalienceStore(() => {
      module.requestUpdate();
    }, findStartsInWorker);
  }

  /** LIT drops what a module watches when it leaves the page, so this is for each time it is put there. */
  connect(): void {
    shared.join(this.#store);
    this.#module.reactImmediately(
      () => this.#context(),
      (context) => {
        this.#show(context);
      },
    );
  }

  disconnect(): void {
    shared.leave(this.#store);
    this.#show(null);
  }

  render(): TemplateResult {
    // LIT keeps modules side by side in step through elements of the class scroll-sync.
    return html`<seqsal-view
      class="scroll-sync"
      .snapshot=${this.#store.snapshot}
      .problem=${this.#problem()}
      @seqsal-action=${this.#onAction}
    ></seqsal-view>`;
  }

  readonly #onAction = (event: CustomEvent<Action>): void => {
    const action = event.detail;
    if (action.type === 'adjust') shared.adjust(action.choices);
    else this.#store.dispatch(action);
  };

  #context(): LitContext | null {
    const { model, appState, selectionService } = this.#module;
    const input = selectionService.primarySelectedInputData;
    const { models } = appState.metadata;
    return input === null || model === '' ? null : { models, model, dataset: appState.currentDataset, input };
  }

  /** LIT tells of changes more often than there are any; asking again for what is on the screen would abort it. */
  #show(context: LitContext | null): void {
    const example = context && this.#problem() === '' ? exampleOf(context) : null;
    const key = example?.key ?? null;
    if (key === this.#shown) return;
    this.#shown = key;
    this.#store.show(example, context && createLitHost(context));
  }

  #problem(): string {
    const { model, appState } = this.#module;
    if (model === '' || salienceModel(model) in appState.metadata.models) return '';
    return `This needs a model named ${salienceModel(model)} beside ${model}. seqsal’s wrappers bring it along.`;
  }
}

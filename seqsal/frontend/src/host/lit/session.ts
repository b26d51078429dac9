import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { saveSnapshot } from '../../core/saved/result.js';
import type { Place } from '../../core/state/place.js';
import { SalienceStore } from '../../core/state/store.js';
import type { Action } from '../../core/state/store.js';
import '../../elements/view/view.js';
import { findStartsInWorker } from '../pattern-worker.js';
import { createLitHost, exampleOf, salienceModel } from './host.js';
import type { JobsOf, LitContext } from './host.js';
import { newView } from './jobs.js';
import { address, shared, uiState, viewScript } from './page.js';
import type { LitModuleElement } from './types.js';
import type { ShownView } from './ui-state.js';

/** What one module on the page does: follows LIT's selection, holds the store, draws the view. */
export class LitSession {
  readonly #module: LitModuleElement;
  readonly #store: SalienceStore;
  readonly #place = newView();
  #shown: string | null = null;
  /** The name under which the address knows what is shown. */
  #name = '';
  /** The names whose places have been gone to. */
  readonly #placed = new Set<string>();

  constructor(module: LitModuleElement) {
    this.#module = module;
    this.#store = new SalienceStore(() => {
      module.requestUpdate();
      this.#tell();
      if (this.#serverWantsState) uiState.changed();
    }, findStartsInWorker);
  }

  /** LIT drops what a module watches when it leaves the page, so this is for each time it is put there. */
  connect(): void {
    this.#placed.clear();
    shared.join(this.#store);
    if (this.#serverWantsState) uiState.join(this.#view);
    this.#module.reactImmediately(
      () => this.#context(),
      (context) => {
        this.#show(context);
      },
    );
  }

  disconnect(): void {
    shared.leave(this.#store);
    uiState.leave(this.#view);
    this.#show(null);
  }

  render(): TemplateResult {
    // LIT keeps modules side by side in step through elements of the class scroll-sync.
    return html`<seqsal-view
      class="scroll-sync"
      .snapshot=${this.#store.snapshot}
      .problem=${this.#problem()}
      .viewScript=${viewScript}
      .link=${linkToPage}
      @seqsal-action=${this.#onAction}
    ></seqsal-view>`;
  }

  readonly #onAction = (event: CustomEvent<Action>): void => {
    const action = event.detail;
    if (action.type === 'adjust') {
      shared.adjust(action.choices);
      address.setChoices(this.#store.snapshot.state);
    } else this.#store.dispatch(action);
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
    // Of several modules on the page, each has its own place in the address: by model, and pinned or selected.
    const { model, selectionServiceIndex } = this.#module;
    const name = `${selectionServiceIndex === 1 ? 'pinned' : 'selected'}.${model}`;
    const renamed = name !== this.#name;
    this.#name = name;
    if (key === this.#shown) {
      // LIT makes the module of an example that is pinned the pinned one, and a new one the selected one.
      if (renamed) this.#tell();
      return;
    }
    this.#shown = key;
    this.#store.show(example, context && createLitHost(context, this.#jobs), example && this.#placeOnce(name));
  }

  /** The address tells where this module was when the page, or LIT, put it here; from then on the user leads. */
  #placeOnce(name: string): Place | null {
    if (this.#placed.has(name)) return null;
    this.#placed.add(name);
    return address.placeOf(name);
  }

  #tell(): void {
    const { place } = this.#store;
    if (place !== null && this.#name !== '') address.setPlace(this.#name, place);
  }

  /** Our own server says in what LIT's page asks for first that it has jobs; LIT's has none. */
  get #jobs(): JobsOf | null {
    const address = this.#module.appState.metadata.seqsal?.jobs ?? '';
    return address === '' ? null : { address, view: this.#place };
  }

  get #serverWantsState(): boolean {
    return this.#module.appState.metadata.seqsal?.wantsState ?? false;
  }

  readonly #view = (): ShownView | null => {
    const result = saveSnapshot(this.#store.snapshot, false);
    const { model, selectionServiceIndex } = this.#module;
    return result && { model, pinned: selectionServiceIndex === 1, result };
  };

  #problem(): string {
    const { model, appState } = this.#module;
    if (model === '' || salienceModel(model) in appState.metadata.models) return '';
    return `This needs a model named ${salienceModel(model)} beside ${model}. seqsal’s wrappers bring it along.`;
  }
}

function linkToPage(): string {
  return location.href;
}

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { createRef, ref } from 'lit/directives/ref.js';
import { saveSnapshot } from '../../core/saved/result.js';
import type { Host } from '../../core/state/host.js';
import type { Place } from '../../core/state/place.js';
import { SalienceStore } from '../../core/state/store.js';
import type { Action } from '../../core/state/action.js';
import type { TrailAction } from '../../elements/panels/trail.js';
import type { AlignedPlace } from '../../elements/view/aligned-scroll.js';
import '../../elements/panels/new-prompt.js';
import '../../elements/panels/orphaned-edits.js';
import '../../elements/view/view.js';
import type { SeqsalView } from '../../elements/view/view.js';
import { keptEdits } from '../kept-edits.js';
import { findStartsInWorker } from '../pattern-worker.js';
import { addNewPrompt, additions, takesNewPrompts } from './compare.js';
import { createLitHost, exampleOf, salienceModel, takesMessages } from './host.js';
import type { JobServer, LitContext } from './host.js';
import { newView } from './jobs.js';
import { ModuleTrail } from './module-trail.js';
import { orphanedEdits } from './orphaned-edits.js';
import {
  address,
  comparisons,
  predictions,
  questions,
  shared,
  trails,
  uiState,
  unsentPrompts,
  viewScript,
} from './page.js';
import type { ComparableView } from '../shared-comparisons.js';
import type { LitInput, LitModuleElement } from './types.js';
import type { ShownView } from './ui-state.js';
import type { PromptPlace } from './unsent-prompts.js';
import { viewPlace } from './view-place.js';

/** One module on the page: follows LIT's selection, holds the store and renders the view. */
export class LitSession {
  readonly #module: LitModuleElement;
  readonly #store: SalienceStore;
  readonly #view = newView();
  readonly #trailView = newView();
  readonly #element = createRef<SeqsalView>();
  readonly #place: PromptPlace;
  #shown: string | null = null;
  /** The example on the screen and its model. */
  #subject: { readonly model: string; readonly input: LitInput } | null = null;
  /** The name of this module in the page's address. */
  #name = '';
  /** The edit, and what it is about, that the other places where the prompt can be changed know. */
  #sharedEdit: readonly unknown[] = [];
  /** The names whose place in the address has been restored. */
  readonly #placed = new Set<string>();

  readonly #trail: ModuleTrail;
  readonly #trailChanged = (): void => {
    this.#module.requestUpdate();
    this.#trail.update(); // A version that is no longer hidden may have no answer yet.
  };

  constructor(module: LitModuleElement) {
    this.#module = module;
    this.#trail = new ModuleTrail(module, () => this.#store.snapshot);
    this.#store = new SalienceStore(
      () => {
        module.requestUpdate();
        this.#writePlace();
        this.#keepQuestion();
        this.#shareEdit();
        comparisons.update();
        this.#trail.update();
        if (this.#serverWantsState) uiState.changed();
      },
      findStartsInWorker,
      keptEdits,
    );
    this.#place = viewPlace(this.#store, () => this.#subject?.input.id ?? null);
  }

  /** Called each time the module is put on the page: LIT drops a module's reactions when it is removed. */
  connect(): void {
    this.#placed.clear();
    shared.join(this.#store);
    comparisons.join(this.#store, this.#comparable);
    trails.join(this.#trailChanged);
    if (this.#serverWantsState) uiState.join(this.#shownView);
    this.#module.reactImmediately(
      () => this.#context(),
      (context) => {
        this.#show(context);
      },
    );
  }

  disconnect(): void {
    shared.leave(this.#store);
    comparisons.leave(this.#store);
    trails.leave(this.#trailChanged);
    unsentPrompts.leave(this.#place);
    uiState.leave(this.#shownView);
    this.#show(null);
  }

  render(): TemplateResult {
    // LIT synchronizes the scrolling of modules side by side through elements of the class scroll-sync.
    return html`<seqsal-view
      ${ref(this.#element)}
      class="scroll-sync"
      .snapshot=${this.#store.snapshot}
      .trail=${this.#trail.trail}
      .problem=${this.#problem()}
      .viewScript=${viewScript}
      .link=${linkToPage}
      @seqsal-action=${this.#onAction}
      @seqsal-trail=${(event: CustomEvent<TrailAction>) => {
        this.#trail.act(event.detail);
      }}
      @seqsal-scroll=${(event: CustomEvent<AlignedPlace>) => {
        comparisons.scrolled(this.#store, event.detail);
      }}
    >
      <seqsal-orphaned-edits
        slot="notes"
        .edits=${orphanedEdits(this.#module)}
        @discard=${({ detail }: CustomEvent<string>) => {
          keptEdits.set(detail, null);
          this.#module.requestUpdate();
        }}
      ></seqsal-orphaned-edits>
      ${takesNewPrompts(this.#module) ? this.#renderNewPrompt() : nothing}
    </seqsal-view>`;
  }

  #renderNewPrompt(): TemplateResult {
    const { model, appState } = this.#module;
    const chat = takesMessages(appState.metadata.models, model);
    return html`<seqsal-new-prompt slot="new-prompt" .run=${this.#addPrompt} ?chat=${chat}></seqsal-new-prompt>`;
  }

  readonly #addPrompt = (prompt: string): Promise<void> => addNewPrompt(this.#module, prompt);

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

  /** LIT calls this more often than anything changes. A repeated request for what is on the screen would abort the first. */
  #show(context: LitContext | null): void {
    const example = context && this.#problem() === '' ? exampleOf(context) : null;
    const key = example?.key ?? null;
    // Each module on the page has a place of its own in the address, by model and by pinned or selected.
    const { model, selectionServiceIndex } = this.#module;
    const name = `${selectionServiceIndex === 1 ? 'pinned' : 'selected'}.${model}`;
    const renamed = name !== this.#name;
    this.#name = name;
    if (key === this.#shown) {
      // When an example is pinned, LIT makes its module the pinned one and creates a new one for the selected example.
      if (renamed) this.#writePlace();
      return;
    }
    this.#shown = key;
    this.#trail.show(null);
    if (context !== null) this.#endSentEdit(context.input);
    this.#subject = null; // What the store forgets now is kept.
    const place = example && this.#placeOnce(name);
    const question = example && context && questions.of(model, context.input);
    this.#store.show(example, context && this.#hostOf(context), place, question);
    this.#subject = example && context && { model, input: context.input };
    if (example && context) this.#showTrail(context);
    this.#shareEdit();
  }

  #showTrail(context: LitContext): void {
    const { model, dataset, input } = context;
    const jobs = this.#jobs && { ...this.#jobs, view: this.#trailView, ahead: true };
    const hostOf = (other: LitInput): Host => createLitHost({ ...context, input: other }, jobs, predictions);
    this.#trail.show({ model, dataset, input, hostOf });
    this.#trail.update();
  }

  /**
   * Ends the edit of the example on the screen if the next one has its prompt: LIT's Datapoint Editor can send it, too. What was asked
   * is asked about the next one, also if that was in the dataset before.
   */
  #endSentEdit({ id: next, data }: LitInput): void {
    const id = this.#place.example;
    if (id === null || id === next || this.#place.read() !== data['prompt']) return;
    questions.handOn(id, next);
    unsentPrompts.forget(id);
    this.#store.dispatch({ type: 'edit', edit: null });
  }

  #shareEdit(): void {
    const { edit, tokens } = this.#store.snapshot;
    const now = [this.#subject, edit, tokens.status === 'ready' && tokens.value];
    if (now.every((each, i) => each === this.#sharedEdit[i])) return;
    this.#sharedEdit = now;
    unsentPrompts.changed(this.#place);
  }

  #hostOf(context: LitContext): Host {
    const { input } = context;
    const made = (id: string): void => {
      questions.handOn(input.id, id);
    };
    return { ...createLitHost(context, this.#jobs, predictions), ...additions(this.#module, input, made) };
  }

  /** The place from the address, once for each name. After that, the user's actions decide. */
  #placeOnce(name: string): Place | null {
    if (this.#placed.has(name)) return null;
    this.#placed.add(name);
    return address.placeOf(name);
  }

  #writePlace(): void {
    const { place } = this.#store;
    if (place !== null && this.#name !== '') address.setPlace(this.#name, place);
  }

  #keepQuestion(): void {
    const subject = this.#subject;
    if (subject !== null) questions.set(subject.model, subject.input.id, this.#store.question);
  }

  /** Our own server announces its jobs in LIT's metadata; LIT's own server has none. */
  get #jobs(): JobServer | null {
    const address = this.#module.appState.metadata.seqsal?.jobs ?? '';
    return address === '' ? null : { address, view: this.#view };
  }

  get #serverWantsState(): boolean {
    return this.#module.appState.metadata.seqsal?.wantsState ?? false;
  }

  readonly #comparable = (): ComparableView => {
    const { model, selectionServiceIndex } = this.#module;
    return {
      model,
      pinned: selectionServiceIndex === 1,
      alignTo: (place) => this.#element.value?.alignTo(place),
    };
  };

  readonly #shownView = (): ShownView | null => {
    const result = saveSnapshot(this.#store.snapshot, false);
    const { model, selectionServiceIndex } = this.#module;
    return result && { model, pinned: selectionServiceIndex === 1, result };
  };

  #problem(): string {
    const { model, appState } = this.#module;
    if (model === '' || salienceModel(model) in appState.metadata.models) return '';
    return `This needs a model named ${salienceModel(model)} in addition to ${model}. The model wrappers of seqsal provide it.`;
  }
}

function linkToPage(): string {
  return location.href;
}

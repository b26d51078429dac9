import { SalienceStore } from '../../core/state/store.js';
import type { Host } from '../../core/state/host.js';
import type { Question } from '../../core/state/question.js';
import type { Action } from '../../core/state/action.js';
import type { Choices } from '../../core/state/view-state.js';
import type { SeqsalView } from '../../elements/view/view.js';
import type { AlignedPlace } from '../../elements/view/aligned-scroll.js';
import { findStartsInWorker } from '../pattern-worker.js';
import { SharedComparisons } from '../shared-comparisons.js';

/** A view of the prompt next to a view of the widget. */
interface Pair {
  readonly own: SeqsalView;
  readonly frame: HTMLElement;
  /** Ends the listeners. */
  readonly ends: AbortController;
}

/** The prompt before a change, next to the views of a widget that show the one after it. */
export class PinnedPrompt {
  readonly prompt: string;
  readonly #store: SalienceStore;
  readonly #main: SalienceStore;
  readonly #comparisons = new SharedComparisons({ before: 'previous', after: 'changed' });
  readonly #pairs = new Map<SeqsalView, Pair>();
  readonly #end: () => void;
  readonly #act: (action: Action) => void;

  /** `act` gets display choices, which both share; `end` is called when the user ends the comparison. */
  constructor(prompt: string, main: SalienceStore, act: (action: Action) => void, end: () => void) {
    [this.prompt, this.#main, this.#act, this.#end] = [prompt, main, act, end];
    this.#store = new SalienceStore(() => {
      for (const { own } of this.#pairs.values()) own.snapshot = this.#store.snapshot;
      this.#comparisons.update();
    }, findStartsInWorker);
    const aligned =
      (viewOf: (pair: [SeqsalView, SeqsalView]) => SeqsalView) =>
      (place: AlignedPlace): void => {
        for (const [after, { own }] of this.#pairs) viewOf([own, after]).alignTo(place);
      };
    this.#comparisons.join(this.#store, () => ({ model: '', pinned: true, alignTo: aligned(([before]) => before) }));
    this.#comparisons.join(main, () => ({ model: '', pinned: false, alignTo: aligned(([, after]) => after) }));
  }

  /** Shows the prompt, with a given target or '', and with the same question and choices as before the change. */
  show(host: Host, target: string, question: Question | null, choices: Choices): void {
    const example = { key: JSON.stringify([this.prompt, target]), prompt: this.prompt, target };
    this.#store.dispatch({ type: 'adjust', choices });
    this.#store.show(example, host, null, question);
  }

  adjust(choices: Choices): void {
    this.#store.dispatch({ type: 'adjust', choices });
  }

  /** Call this when the main store has changed. */
  update(): void {
    this.#comparisons.update();
  }

  /** Puts a view of the prompt to the left of a view of the widget. */
  attach(view: SeqsalView): void {
    const frame = document.createElement('div');
    const own = document.createElement('seqsal-view');
    own.theme = view.theme;
    own.snapshot = this.#store.snapshot;
    frame.append(this.#makeHead(), own);
    frame.style.cssText = 'display: grid; grid-template-rows: auto 1fr; min-width: 0; min-height: 0; height: 100%';
    own.addEventListener('seqsal-action', ({ detail }: CustomEvent<Action>) => {
      if (detail.type === 'adjust') this.#act(detail);
      else this.#store.dispatch(detail);
    });
    own.addEventListener('seqsal-scroll', this.#scrolled(this.#store));
    const ends = new AbortController();
    view.addEventListener('seqsal-scroll', this.#scrolled(this.#main), ends);
    view.before(frame);
    if (view.parentElement) view.parentElement.style.cssText += LAYOUT;
    this.#pairs.set(view, { own, frame, ends });
  }

  detach(view: SeqsalView): void {
    const pair = this.#pairs.get(view);
    pair?.frame.remove();
    pair?.ends.abort();
    this.#pairs.delete(view);
    view.parentElement?.style.removeProperty('display');
  }

  close(): void {
    for (const view of [...this.#pairs.keys()]) this.detach(view);
    this.#comparisons.leave(this.#store);
    this.#comparisons.leave(this.#main);
    this.#store.show(null, null);
  }

  #scrolled(store: SalienceStore): (event: Event) => void {
    return (event) => {
      this.#comparisons.scrolled(store, (event as CustomEvent<AlignedPlace>).detail);
    };
  }

  #makeHead(): HTMLElement {
    const head = document.createElement('div');
    head.style.cssText = 'display: flex; justify-content: space-between; padding: 2px 12px; font: 12px/18px system-ui';
    const end = document.createElement('button');
    end.textContent = 'End the comparison';
    end.style.cssText = BUTTON;
    end.addEventListener('click', this.#end);
    head.append('The previous prompt', end);
    return head;
  }
}

const BUTTON =
  'padding: 0 10px; border: 1px solid rgb(128 128 128 / 45%); border-radius: 4px; background: none; color: inherit; font: inherit; cursor: pointer';

/** Two columns, or two rows in a narrow cell. */
const LAYOUT =
  ';display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); grid-auto-rows: minmax(0, 1fr); gap: 1px';

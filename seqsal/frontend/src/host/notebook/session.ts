import { describeMethods } from '../../core/scores/methods.js';
import type { MethodDescription } from '../../core/scores/methods.js';
import { readSaved } from '../../core/saved/reader.js';
import { restoreSaved } from '../../core/saved/result.js';
import type { Restored } from '../../core/saved/result.js';
import { readChoices, writeChoices } from '../../core/state/choices.js';
import { memo } from '../../core/state/memo.js';
import { formatPlace, parsePlace } from '../../core/state/place.js';
import type { Place } from '../../core/state/place.js';
import { SalienceStore } from '../../core/state/store.js';
import type { Action } from '../../core/state/store.js';
import type { SeqsalView } from '../../elements/view/view.js';
import { findStartsInWorker } from '../pattern-worker.js';
import { NO_KERNEL, NotebookChannel } from './channel.js';
import type { WidgetModel } from './channel.js';
import { createNotebookHost } from './host.js';

/** How another model gets into a cell. */
const LOADING = 'seqsal.view("PATH", prompt)';

/** One widget of a notebook: its store, in step with the traits in Python, and the views of it that are on the page. */
export class NotebookSession {
  readonly #model: WidgetModel;
  readonly #channel: NotebookChannel;
  readonly #store: SalienceStore;
  readonly #views = new Set<SeqsalView>();
  readonly #saved = memo(restoredFrom);
  readonly #methods = memo(methodsIn);
  readonly #listeners: readonly (readonly [string, () => void])[];

  constructor(model: WidgetModel) {
    this.#model = model;
    this.#store = new SalienceStore(() => {
      this.#changed();
    }, findStartsInWorker);
    this.#channel = new NotebookChannel(model, () => {
      this.#askAgain();
    });
    this.#listeners = [
      ['change:prompt', this.#show],
      ['change:target', this.#show],
      ['change:choices', this.#followChoices],
      ['change:_place', this.#followPlace],
      ['change:_saved', this.#changed],
    ];
    for (const [name, listener] of this.#listeners) model.on(name, listener);
    this.#followChoices();
    this.#show();
  }

  /** Shows the session in a view, until the returned function is called. */
  attach(view: SeqsalView): () => void {
    this.#views.add(view);
    view.snapshot = this.#store.snapshot;
    view.viewScript = this.#viewScript;
    const act = (event: CustomEvent<Action>): void => {
      this.#store.dispatch(event.detail);
      this.#tell();
    };
    view.addEventListener('seqsal-action', act);
    return () => {
      view.removeEventListener('seqsal-action', act);
      this.#views.delete(view);
    };
  }

  close(): void {
    for (const [name, listener] of this.#listeners) this.#model.off(name, listener);
    this.#store.show(null, null);
    this.#channel.close();
  }

  /** Not only the store: a saved result describes the methods. */
  readonly #changed = (): void => {
    const { snapshot } = this.#store;
    for (const view of this.#views) view.snapshot = snapshot;
  };

  /**
   * Writes into the traits what the user has chosen. Only what the user does is told: where the page begins, it knows
   * less than Python does.
   */
  #tell(): void {
    const { place, snapshot } = this.#store;
    const choices = writeChoices(snapshot.state);
    const [at, before] = [place === null ? '' : formatPlace(place), this.#text('_place')];
    const moved = at !== '' && at !== before;
    const adjusted = sorted(choices) !== sorted(writtenIn(this.#model));
    if (moved) this.#model.set('_place', at);
    if (adjusted) this.#model.set('choices', choices);
    if (moved || adjusted) this.#model.save_changes();
  }

  readonly #show = (): void => {
    const [prompt, target] = [this.#text('prompt'), this.#text('target')];
    if (prompt === '') {
      this.#store.show(null, null);
      return;
    }
    const saved = (): Restored | null => this.#saved(this.#model.get('_saved'));
    const several = (): boolean => this.#model.get('_several') === true;
    const methods = (): MethodDescription[] => this.#methods(this.#model.get('_methods'), saved());
    const host = createNotebookHost(this.#channel, methods, saved, several);
    // A target that is given is what shall be explained; no answer is waited for.
    const unasked = target === '' ? {} : { generate: () => Promise.resolve([]) };
    const said = this.#model.get('_demonstration') === true ? { demonstration: LOADING } : {};
    const example = { key: JSON.stringify([prompt, target]), prompt, target };
    this.#store.show(example, Object.assign(host, unasked, said), this.#place());
  };

  readonly #followChoices = (): void => {
    // Of its own words nothing is to be read: they leave out a pattern that is not in use, but may be again.
    const own = writeChoices(this.#store.snapshot.state);
    if (sorted(own) === sorted(writtenIn(this.#model))) return;
    this.#store.dispatch({ type: 'adjust', choices: readChoices(writtenIn(this.#model)) });
  };

  readonly #followPlace = (): void => {
    const [place, here] = [this.#place(), this.#store.place];
    if (place === null || (here !== null && formatPlace(place) === formatPlace(here))) return;
    this.#store.turnTo(place);
  };

  /** What had failed because no kernel was heard. */
  #askAgain(): void {
    const { snapshot } = this.#store;
    for (const what of ['generation', 'tokens', 'salience', 'logprobs'] as const) {
      const request = snapshot[what];
      if (request.status === 'error' && request.reason.startsWith(NO_KERNEL))
        this.#store.dispatch({ type: 'retry', what });
    }
  }

  readonly #viewScript = async (): Promise<string> => {
    const { value } = await this.#channel.ask('script', {}, new AbortController().signal);
    return String(value);
  };

  #place(): Place | null {
    return parsePlace(this.#text('_place'));
  }

  #text(name: string): string {
    const value = this.#model.get(name);
    return typeof value === 'string' ? value : '';
  }
}

function restoredFrom(saved: unknown): Restored | null {
  try {
    return saved === null || saved === undefined ? null : restoreSaved(readSaved(saved));
  } catch (error) {
    console.warn(`seqsal: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function writtenIn(model: WidgetModel): Readonly<Record<string, string>> {
  return (model.get('choices') ?? {}) as Readonly<Record<string, string>>;
}

/** Python and JavaScript put names in different orders. */
function sorted(choices: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(choices).sort());
}

/** The methods of the model in the kernel, as the saved result describes them. */
function methodsIn(names: unknown, saved: Restored | null): MethodDescription[] {
  return describeMethods(Array.isArray(names) ? (names as unknown[]).map(String) : [], saved?.methods);
}

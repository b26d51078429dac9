import { describeMethods } from '../../core/scores/methods.js';
import type { MethodDescription } from '../../core/scores/methods.js';
import { readSaved } from '../../core/saved/reader.js';
import { restoreSaved } from '../../core/saved/result.js';
import type { Restored } from '../../core/saved/result.js';
import { parseChoices, formatChoices } from '../../core/state/choices.js';
import { memo } from '../../core/state/memo.js';
import { formatPlace, parsePlace } from '../../core/state/place.js';
import type { Place } from '../../core/state/place.js';
import { SalienceStore } from '../../core/state/store.js';
import type { Action } from '../../core/state/action.js';
import { readMarks } from '../../core/text/thinking.js';
import type { SeqsalView } from '../../elements/view/view.js';
import { findStartsInWorker } from '../pattern-worker.js';
import { NO_KERNEL, NotebookChannel } from './channel.js';
import type { WidgetModel } from './channel.js';
import { createNotebookHost } from './host.js';

/** How to show another model in a cell. */
const LOADING = 'seqsal.view("PATH", prompt)';

/** One widget of a notebook: its store, synchronized with the traits in Python, and its views on the page. */
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
      this.#retryAfterTimeout();
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

  /** Shows the session in a view until the returned function is called. */
  attach(view: SeqsalView): () => void {
    this.#views.add(view);
    view.snapshot = this.#store.snapshot;
    view.viewScript = this.#viewScript;
    const act = (event: CustomEvent<Action>): void => {
      this.#store.dispatch(event.detail);
      this.#writeTraits();
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

  /** Also called for a new saved result, which describes the methods. */
  readonly #changed = (): void => {
    const { snapshot } = this.#store;
    for (const view of this.#views) view.snapshot = snapshot;
  };

  /**
   * Writes the user's choices into the traits. It runs only after an action of the user: before that, Python may know more than
   * the page.
   */
  #writeTraits(): void {
    const { place, snapshot } = this.#store;
    const choices = formatChoices(snapshot.state);
    const [at, before] = [place === null ? '' : formatPlace(place), this.#text('_place')];
    const moved = at !== '' && at !== before;
    const adjusted = sorted(choices) !== sorted(choicesIn(this.#model));
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
    const host = createNotebookHost(this.#channel, methods, saved, several, this.#model.get('_can_check') === true);
    // A given target is explained without an answer of the model.
    const withTarget = target === '' ? {} : { generate: () => Promise.resolve([]), stops: false };
    const demonstration = this.#model.get('_demonstration') === true ? { demonstration: LOADING } : {};
    const note = { ...demonstration, thinkingMarks: readMarks(this.#model.get('_thinking_marks')) };
    const use = this.#model.get('_chat_template');
    const chat = use === 'messages' || use === 'all' ? { chatTemplate: use, add: this.#setPrompt } : {};
    const example = { key: JSON.stringify([prompt, target]), prompt, target };
    this.#store.show(example, Object.assign(host, withTarget, note, chat), this.#place());
  };

  /** Shows another prompt in this cell. */
  readonly #setPrompt = (prompt: string): Promise<void> => {
    this.#model.set('prompt', prompt);
    this.#model.save_changes();
    return Promise.resolve();
  };

  readonly #followChoices = (): void => {
    // The session's own output is not read back: it leaves out a pattern that is not in use now.
    const own = formatChoices(this.#store.snapshot.state);
    if (sorted(own) === sorted(choicesIn(this.#model))) return;
    this.#store.dispatch({ type: 'adjust', choices: parseChoices(choicesIn(this.#model)) });
  };

  readonly #followPlace = (): void => {
    const [place, here] = [this.#place(), this.#store.place];
    if (place === null || (here !== null && formatPlace(place) === formatPlace(here))) return;
    this.#store.goTo(place);
  };

  /** Retries the requests that failed because the kernel did not answer. */
  #retryAfterTimeout(): void {
    const { snapshot } = this.#store;
    for (const what of ['generation', 'tokens', 'salience', 'logprobs', 'check', 'contrast'] as const) {
      const request = snapshot[what];
      if (request.status === 'error' && request.reason.startsWith(NO_KERNEL))
        this.#store.dispatch({ type: 'retry', what });
    }
  }

  readonly #viewScript = async (): Promise<string> => {
    const { value } = await this.#channel.request('script', {}, new AbortController().signal);
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

function choicesIn(model: WidgetModel): Readonly<Record<string, string>> {
  return (model.get('choices') ?? {}) as Readonly<Record<string, string>>;
}

/** Python and JavaScript order names differently. */
function sorted(choices: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(choices).sort());
}

/** The methods of the kernel's model, with the descriptions of the saved result. */
function methodsIn(names: unknown, saved: Restored | null): MethodDescription[] {
  return describeMethods(Array.isArray(names) ? (names as unknown[]).map(String) : [], saved?.methods);
}

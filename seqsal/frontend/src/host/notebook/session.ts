import type { MethodDescription } from '../../core/scores/methods.js';
import type { Restored } from '../../core/saved/result.js';
import { parseChoices, formatChoices } from '../../core/state/choices.js';
import type { Host } from '../../core/state/host.js';
import { memo } from '../../core/state/memo.js';
import { formatPlace, parsePlace } from '../../core/state/place.js';
import type { Place } from '../../core/state/place.js';
import type { Question } from '../../core/state/question.js';
import { SalienceStore } from '../../core/state/store.js';
import type { Action } from '../../core/state/action.js';
import { readMarks } from '../../core/text/thinking.js';
import type { TrailAction } from '../../elements/panels/trail.js';
import type { SeqsalView } from '../../elements/view/view.js';
import type { AlignedPlace } from '../../elements/view/aligned-scroll.js';
import { findStartsInWorker } from '../pattern-worker.js';
import type { SharedComparisons } from '../shared-comparisons.js';
import { NO_KERNEL, NotebookChannel } from './channel.js';
import type { WidgetModel } from './channel.js';
import { createNotebookHost } from './host.js';
import { PinnedPrompt } from './pinned.js';
import { NotebookTrail } from './trail.js';
import { choicesIn, methodsIn, restoredFrom, sorted } from './traits.js';

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
  readonly #trail: NotebookTrail;
  #host: Host | null = null;
  #pinned: PinnedPrompt | null = null;
  /** The comparison with another widget of a row. */
  #compared: SharedComparisons | null = null;
  readonly #listeners: readonly (readonly [string, () => void])[];

  constructor(model: WidgetModel) {
    this.#model = model;
    this.#store = new SalienceStore(() => {
      this.#changed();
    }, findStartsInWorker);
    this.#channel = new NotebookChannel(model, () => {
      this.#retryAfterTimeout();
    });
    this.#trail = new NotebookTrail(
      model,
      {
        snapshot: () => this.#store.snapshot,
        host: () => this.#host,
        pinned: () => this.#pinned?.prompt ?? null,
        visit: this.#visit,
      },
      this.#redraw,
    );
    this.#listeners = [
      ['change:prompt', this.#showChanged],
      ['change:target', this.#showAgain],
      ['change:choices', this.#followChoices],
      ['change:_place', this.#followPlace],
      ['change:_saved', this.#changed],
      ['change:_versions', this.#redraw],
    ];
    for (const [name, listener] of this.#listeners) model.on(name, listener);
    this.#followChoices();
    this.#show();
  }

  /** Shows the session in a view until the returned function is called. */
  attach(view: SeqsalView): () => void {
    this.#views.add(view);
    this.#redraw();
    this.#pinned?.attach(view);
    view.viewScript = this.#viewScript;
    const ends = new AbortController();
    view.addEventListener('seqsal-action', this.#onAction, ends);
    view.addEventListener('seqsal-trail', this.#onTrail, ends);
    view.addEventListener('seqsal-scroll', this.#onScroll, ends);
    return () => {
      ends.abort();
      this.#pinned?.detach(view);
      this.#views.delete(view);
    };
  }

  readonly #onAction = (event: CustomEvent<Action>): void => {
    this.#act(event.detail);
  };

  readonly #onScroll = (event: Event): void => {
    this.#compared?.scrolled(this.#store, (event as CustomEvent<AlignedPlace>).detail);
  };

  readonly #onTrail = (event: Event): void => {
    this.#trail.act((event as CustomEvent<TrailAction>).detail);
  };

  #act(action: Action): void {
    this.#store.dispatch(action);
    if (action.type === 'adjust') this.#pinned?.adjust(action.choices);
    this.#writeTraits();
  }

  /** Compares this session with another one, until the returned function is called. */
  compare(comparisons: SharedComparisons, isBefore: boolean): () => void {
    const alignTo = (place: AlignedPlace): void => {
      for (const view of this.#views) view.alignTo(place);
    };
    comparisons.join(this.#store, () => ({ model: '', pinned: isBefore, alignTo }));
    this.#compared = comparisons;
    return () => {
      comparisons.leave(this.#store);
      this.#compared = null;
    };
  }

  close(): void {
    for (const [name, listener] of this.#listeners) this.#model.off(name, listener);
    this.#pinned?.close();
    this.#trail.close();
    this.#store.show(null, null);
    this.#channel.close();
  }

  /** Also called for a new saved result, which describes the methods. */
  readonly #changed = (): void => {
    this.#redraw();
    this.#pinned?.update();
    this.#compared?.update();
    this.#trail.update();
    // A selection that was found again is not an action of the user, but Python follows it.
    if (this.#store.snapshot.carriedBy !== null) this.#writeTraits();
  };

  readonly #redraw = (): void => {
    const [{ snapshot }, { trail }] = [this.#store, this.#trail];
    for (const view of this.#views) [view.snapshot, view.trail] = [snapshot, trail];
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

  readonly #showAgain = (): void => {
    this.#show();
  };

  /** Asks about a changed prompt what was asked about the one before. */
  readonly #showChanged = (): void => {
    this.#show(this.#store.question);
  };

  readonly #show = (question: Question | null = null): void => {
    const [prompt, target] = [this.#text('prompt'), this.#text('target')];
    if (prompt === '') {
      this.#store.show(null, null);
      return;
    }
    const changes =
      this.#model.get('_can_check') === true ? { add: this.#setPrompt, addAndCompare: this.#compare } : {};
    const example = { key: JSON.stringify([prompt, target]), prompt, target };
    this.#host = this.#makeHost();
    if (this.#pinned?.prompt === prompt) this.#unpin();
    this.#store.show(example, Object.assign(this.#host, changes), this.#place(), question);
  };

  #makeHost(): Host {
    const saved = (): Restored | null => this.#saved(this.#model.get('_saved'));
    const several = (): boolean => this.#model.get('_several') === true;
    const methods = (): MethodDescription[] => this.#methods(this.#model.get('_methods'), saved());
    const host = createNotebookHost(this.#channel, methods, saved, several, this.#model.get('_can_check') === true);
    // A given target is explained without an answer of the model.
    const withTarget = this.#text('target') === '' ? {} : { generate: () => Promise.resolve([]), stops: false };
    const demonstration = this.#model.get('_demonstration') === true ? { demonstration: LOADING } : {};
    const use = this.#model.get('_chat_template');
    const chat = use === 'messages' || use === 'all' ? { chatTemplate: use, add: this.#setPrompt } : {};
    const thinkingMarks = readMarks(this.#model.get('_thinking_marks'));
    return Object.assign(host, { ...withTarget, ...demonstration, ...chat, thinkingMarks });
  }

  /** Shows another prompt in this cell. */
  readonly #setPrompt = (prompt: string): Promise<void> => {
    this.#model.set('prompt', prompt);
    this.#model.save_changes();
    return Promise.resolve();
  };

  /** Shows another prompt next to the present one. */
  readonly #compare = (prompt: string): Promise<void> => {
    this.#unpin();
    const [before, { snapshot, question }] = [this.#text('prompt'), this.#store];
    if (prompt === before) return Promise.resolve();
    const act = (action: Action): void => {
      this.#act(action);
    };
    this.#pinned = new PinnedPrompt(before, this.#store, act, this.#unpin);
    this.#pinned.show(this.#makeHost(), this.#text('target'), question, parseChoices(formatChoices(snapshot.state)));
    for (const view of this.#views) this.#pinned.attach(view);
    return this.#setPrompt(prompt);
  };

  readonly #unpin = (): void => {
    this.#pinned?.close();
    this.#pinned = null;
    this.#redraw();
  };

  readonly #visit = (prompt: string, beside: boolean): void => {
    void (beside ? this.#compare(prompt) : this.#setPrompt(prompt));
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

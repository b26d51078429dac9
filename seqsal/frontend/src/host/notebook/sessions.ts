import type { SeqsalView } from '../../elements/view/view.js';
import { SharedComparisons } from '../shared-comparisons.js';
import type { WidgetModel } from './channel.js';
import { NotebookSession } from './session.js';

interface Entry {
  /** The models that can reach the kernel for this widget. The last one is used. */
  models: readonly WidgetModel[];
  session: NotebookSession;
  readonly views: Map<SeqsalView, () => void>;
}

/**
 * The sessions of a page, by the key of their widget. Each widget has one session, even if it is shown several times, as in a
 * cell of its own and in a row.
 */
export class Sessions {
  readonly #shown = new Map<string, Entry>();

  /** Serves a widget through this model until the returned function is called. */
  open(key: string, model: WidgetModel): () => void {
    this.#serve(key, [...(this.#shown.get(key)?.models ?? []), model]);
    return this.#closer(key, model);
  }

  /** Shows a widget in a view until the returned function is called. Uses this model if there is no other. */
  attach(key: string, model: WidgetModel, view: SeqsalView): () => void {
    const before = this.#shown.get(key);
    if (before === undefined) this.#serve(key, [model]);
    else before.models = [model, ...before.models];
    const shown = this.#shown.get(key);
    shown?.views.set(view, shown.session.attach(view));
    const close = this.#closer(key, model);
    return () => {
      shown?.views.get(view)?.();
      shown?.views.delete(view);
      close();
    };
  }

  /** Compares the first of two widgets with the second, until the returned function is called. */
  compare(before: string, after: string): () => void {
    const comparisons = new SharedComparisons({ before: 'left', after: 'right' });
    const sessions = [before, after].map((key) => this.#shown.get(key)?.session);
    const ends = sessions.map((session, i) => session?.compare(comparisons, i === 0));
    return () => {
      for (const end of ends) end?.();
    };
  }

  /** Serves a widget through the last of some models, and moves its views to the new session. */
  #serve(key: string, models: readonly WidgetModel[]): void {
    const [before, model] = [this.#shown.get(key), models.at(-1)];
    for (const detach of before?.views.values() ?? []) detach();
    before?.session.close();
    if (model === undefined) {
      this.#shown.delete(key);
      return;
    }
    const session = new NotebookSession(model);
    const views = before?.views ?? new Map<SeqsalView, () => void>();
    for (const view of views.keys()) views.set(view, session.attach(view));
    // The same object is kept, because `attach` refers to it.
    this.#shown.set(key, Object.assign(before ?? {}, { models, session, views }));
  }

  #closer(key: string, model: WidgetModel): () => void {
    return () => {
      const shown = this.#shown.get(key);
      const at = shown?.models.lastIndexOf(model) ?? -1;
      if (shown === undefined || at < 0) return;
      const left = shown.models.filter((_, i) => i !== at);
      if (at === left.length) this.#serve(key, left);
      else shown.models = left;
    };
  }
}

const NAME = Symbol.for('seqsal.notebook.sessions.1');

/** The sessions of the page. They are global, because notebooks may load this module again for each widget. */
export function sessionsOfPage(): Sessions {
  const page = globalThis as unknown as Record<symbol, Sessions | undefined>;
  return (page[NAME] ??= new Sessions());
}

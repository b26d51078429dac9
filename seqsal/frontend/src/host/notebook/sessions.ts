import type { SeqsalView } from '../../elements/view/view.js';
import type { WidgetModel } from './channel.js';
import { NotebookSession } from './session.js';

interface Shown {
  /** Who can reach the kernel for this widget; the last one does. */
  models: readonly WidgetModel[];
  session: NotebookSession;
  readonly views: Map<SeqsalView, () => void>;
}

/**
 * The sessions of a page, by the key of their widget: one for each, wherever and however often it is shown, as in a cell
 * of its own and in a row with others.
 */
export class Sessions {
  readonly #shown = new Map<string, Shown>();

  /** Serves a widget from now on through this model, until the returned function is called. */
  open(key: string, model: WidgetModel): () => void {
    this.#serve(key, [...(this.#shown.get(key)?.models ?? []), model]);
    return this.#closer(key, model);
  }

  /** Shows a widget in a view, through this model if there is no other, until the returned function is called. */
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

  /** Turns to the last of some models; what is on the page follows. */
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
    // The same object: who shows a view holds on to it.
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

/** Those of the page: notebooks may run the module anew for each widget, and a row shows the widgets of others. */
export function sessionsOfPage(): Sessions {
  const page = globalThis as unknown as Record<symbol, Sessions | undefined>;
  return (page[NAME] ??= new Sessions());
}

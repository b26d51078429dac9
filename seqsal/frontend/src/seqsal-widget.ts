// The view in a notebook's cell, as an ES module for anywidget.
import './elements/view.js';
import { fittingHeight, makeCell } from './host/notebook-cell.js';
import type { WidgetModel } from './host/notebook-channel.js';
import { NotebookSession } from './host/notebook-session.js';
import { followNotebookTheme } from './host/notebook-theme.js';

/** By the key of their widget: the module may be shared by all widgets of a page, and each has one session. */
const sessions = new Map<string, NotebookSession>();

/** Of an output that is not on the page yet, in pixels. */
const USUAL_WIDTH = 900;

function initialize({ model }: { readonly model: WidgetModel }): () => void {
  const key = String(model.get('_key'));
  const session = new NotebookSession(model);
  sessions.get(key)?.close();
  sessions.set(key, session);
  return () => {
    session.close();
    if (sessions.get(key) === session) sessions.delete(key);
  };
}

function render({ model, el }: { readonly model: WidgetModel; readonly el: HTMLElement }): () => void {
  const key = String(model.get('_key'));
  const cell = makeCell(el, key, heightFor(model, el));
  const view = document.createElement('seqsal-view');
  const unfollow = followNotebookTheme((theme) => {
    view.theme = theme;
  });
  if (!sessions.has(key)) initialize({ model });
  const detach = sessions.get(key)?.attach(view);
  cell.body.append(view);
  return () => {
    detach?.();
    unfollow();
    cell.remove();
  };
}

function heightFor(model: WidgetModel, el: HTMLElement): number {
  const height = model.get('_height');
  if (typeof height === 'number') return height;
  const [prompt, target] = ['prompt', 'target'].map((name) => model.get(name) as string | null);
  return fittingHeight(prompt ?? '', target ?? '', el.clientWidth || USUAL_WIDTH);
}

export default { initialize, render };

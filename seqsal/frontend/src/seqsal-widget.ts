// The view in a notebook's cell, or several in a row, as an ES module for anywidget.
import './elements/view/view.js';
import { fittingHeight, makeCell } from './host/notebook/cell.js';
import type { WidgetModel } from './host/notebook/channel.js';
import { makeRow, modelsIn, shareChoices } from './host/notebook/row.js';
import { sessionsOfPage } from './host/notebook/sessions.js';
import { followNotebookTheme } from './host/notebook/theme.js';

/** The assumed width of an output that is not on the page yet, in pixels. */
const USUAL_WIDTH = 900;

type End = () => void;

function initialize({ model }: { readonly model: WidgetModel }): End {
  return isRow(model) ? nothing : sessionsOfPage().open(keyOf(model), model);
}

function render({ model, el }: { readonly model: WidgetModel; readonly el: HTMLElement }): End | Promise<End> {
  return isRow(model) ? showRow(model, el) : showView(model, el);
}

async function showRow(row: WidgetModel, el: HTMLElement): Promise<End> {
  const models = await modelsIn(row);
  const parent = makeRow(el);
  const ends = models.map((model) => {
    const place = document.createElement('div');
    place.style.minWidth = '0';
    parent.append(place);
    return showView(model, place, (el.clientWidth || USUAL_WIDTH) / models.length);
  });
  const unlink = shareChoices(models);
  const [before, after] = models.map(keyOf);
  const two = models.length === 2 && before !== undefined && after !== undefined;
  const end = two ? sessionsOfPage().compare(before, after) : null;
  return () => {
    unlink();
    end?.();
    for (const end of ends) end();
    parent.remove();
  };
}

function showView(model: WidgetModel, el: HTMLElement, width = el.clientWidth || USUAL_WIDTH): End {
  const cell = makeCell(el, keyOf(model), heightFor(model, width));
  const view = document.createElement('seqsal-view');
  const unfollow = followNotebookTheme((theme) => {
    view.theme = theme;
  });
  cell.body.append(view);
  const detach = sessionsOfPage().attach(keyOf(model), model, view);
  return () => {
    detach();
    unfollow();
    cell.remove();
  };
}

function heightFor(model: WidgetModel, width: number): number {
  const height = model.get('_height');
  if (typeof height === 'number') return height;
  const [prompt, target] = ['prompt', 'target'].map((name) => model.get(name) as string | null);
  return fittingHeight(prompt ?? '', target ?? '', width);
}

function keyOf(model: WidgetModel): string {
  return String(model.get('_key'));
}

function isRow(model: WidgetModel): boolean {
  return Array.isArray(model.get('_views'));
}

function nothing(): void {
  // A row has no session of its own: its views have theirs.
}

export default { initialize, render };

import type { WidgetModel } from './channel.js';

/** In pixels. Views that would be narrower are placed below each other. */
const LEAST_WIDTH = 430;
/** The prefix of a reference to another widget. */
const REFERENCE = 'IPY_MODEL_';

/** The models of the views in a row, from left to right; empty if the widget is a view itself. */
export async function modelsIn(row: WidgetModel): Promise<WidgetModel[]> {
  const references = row.get('_views');
  if (!Array.isArray(references)) return [];
  return Promise.all(references.map((name) => row.widget_manager.get_model(String(name).replace(REFERENCE, ''))));
}

/** An element that places its children side by side, or below each other if it is narrow. */
export function makeRow(parent: HTMLElement): HTMLElement {
  const row = document.createElement('div');
  const columns = `repeat(auto-fit, minmax(min(${String(LEAST_WIDTH)}px, 100%), 1fr))`;
  row.style.cssText = `display: grid; grid-template-columns: ${columns}; gap: 8px; width: 100%; min-width: 0`;
  parent.append(row);
  return row;
}

/**
 * Copies the display choices of each model to all others, until the returned function is called. It needs no kernel.
 */
export function shareChoices(models: readonly WidgetModel[]): () => void {
  let sharing = false;
  const links = models.map((model) => {
    const share = (): void => {
      if (sharing) return;
      sharing = true;
      for (const other of models) if (other !== model) choose(other, choicesOf(model));
      sharing = false;
    };
    model.on('change:choices', share);
    return () => {
      model.off('change:choices', share);
    };
  });
  return () => {
    for (const unlink of links) unlink();
  };
}

type Choices = Readonly<Record<string, string>>;

function choicesOf(model: WidgetModel): Choices {
  return (model.get('choices') ?? {}) as Choices;
}

/** Sets choices, but keeps the method of a model that does not have the new one. */
function choose(model: WidgetModel, choices: Choices): void {
  const { method, ...others } = choices;
  const known = method === undefined || (model.get('_methods') as readonly string[]).includes(method);
  const own = choicesOf(model)['method'];
  const next = known ? choices : { ...others, ...(own === undefined ? {} : { method: own }) };
  if (sorted(next) === sorted(choicesOf(model))) return;
  model.set('choices', next);
  model.save_changes();
}

/** Python and JavaScript order names differently. */
function sorted(choices: Choices): string {
  return JSON.stringify(Object.entries(choices).sort());
}

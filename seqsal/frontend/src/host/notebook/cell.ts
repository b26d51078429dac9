/** In pixels. */
const LEAST_HEIGHT = 240;
const MOST_HEIGHT = 560;
const LINE_HEIGHT = 24;
/** The toolbar, the footer, and what stands around the text. */
const AROUND = 204;
const CHARACTER_WIDTH = 7.5;
/** An answer that has not been written yet is taken for this many lines. */
const ANSWER_LINES = 5;

export interface Cell {
  /** Where the view goes, which fills it. */
  readonly body: HTMLElement;
  readonly remove: () => void;
}

/**
 * A frame for a view in a notebook's output: of a height that can be dragged, and with its keys to itself. While it is
 * there, what a saved notebook shows in the place of the view is hidden.
 */
export function makeCell(parent: HTMLElement, key: string, height: number): Cell {
  const saved = `.seqsal-saved-${CSS.escape(key)}`;
  const style = document.createElement('style');
  style.textContent = `${saved}, .jp-OutputArea-child:has(${saved}) { display: none }`;
  const body = document.createElement('div');
  body.className = 'seqsal-cell';
  body.style.cssText =
    'box-sizing: border-box; width: 100%; min-width: 0; overflow: hidden; resize: vertical; ' +
    'border: 1px solid rgb(128 128 128 / 35%); border-radius: 6px; --seqsal-overscroll: auto;';
  body.style.height = `${String(height)}px`;
  body.style.minHeight = `${String(LEAST_HEIGHT / 2)}px`;
  const unfence = fenceKeys(body);
  parent.append(style, body);
  return {
    body,
    remove: () => {
      unfence();
      style.remove();
      body.remove();
    },
  };
}

/** What a text needs at some width, within bounds: a short prompt leaves no hole, a long one scrolls. */
export function fittingHeight(prompt: string, target: string, width: number): number {
  const perLine = Math.max(20, (width - 60) / CHARACTER_WIDTH);
  const linesOf = (text: string): number =>
    text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / perLine)), 0);
  const lines = linesOf(prompt) + (target === '' ? ANSWER_LINES : linesOf(target));
  return Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, AROUND + lines * LINE_HEIGHT));
}

/**
 * Keeps keys without Ctrl, Alt or ⌘ from a notebook's shortcuts, where "d d" deletes a cell and "n" or "x" do something
 * too. Saving, and whatever else takes such a key, works as everywhere.
 *
 * JupyterLab listens on the document before any element does, and passes over what lies in an element with
 * data-lm-suppress-shortcuts; the window comes before the document. Others hear keys after the page: they stop here.
 */
function fenceKeys(body: HTMLElement): () => void {
  const mark = (event: KeyboardEvent): void => {
    if (event.composedPath().includes(body)) body.toggleAttribute('data-lm-suppress-shortcuts', isPlain(event));
  };
  const stop = (event: KeyboardEvent): void => {
    if (isPlain(event)) event.stopPropagation();
  };
  window.addEventListener('keydown', mark, { capture: true });
  body.addEventListener('keydown', stop);
  return () => {
    window.removeEventListener('keydown', mark, { capture: true });
  };
}

function isPlain({ ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  return !ctrlKey && !altKey && !metaKey;
}

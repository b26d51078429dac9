/** In pixels. */
const LEAST_HEIGHT = 240;
const MOST_HEIGHT = 560;
const LINE_HEIGHT = 24;
/** The height of everything around the text. */
const AROUND = 204;
const CHARACTER_WIDTH = 7.5;
/** The assumed number of lines of an answer that is not known yet. */
const ANSWER_LINES = 5;

export interface Cell {
  /** The element that the view fills. */
  readonly body: HTMLElement;
  readonly remove: () => void;
}

/**
 * A frame for a view in a notebook's output. The user can drag its height, and notebook shortcuts do not apply in it. While it
 * exists, the saved output that replaces the view in a saved notebook is hidden.
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
  const stopIsolating = isolateKeys(body);
  parent.append(style, body);
  return {
    body,
    remove: () => {
      stopIsolating();
      style.remove();
      body.remove();
    },
  };
}

/** The height that a text needs at a width, within bounds: a short prompt leaves no gap, a long one scrolls. */
export function fittingHeight(prompt: string, target: string, width: number): number {
  const perLine = Math.max(20, (width - 60) / CHARACTER_WIDTH);
  const linesOf = (text: string): number =>
    text.split('\n').reduce((lines, line) => lines + Math.max(1, Math.ceil(line.length / perLine)), 0);
  const lines = linesOf(prompt) + (target === '' ? ANSWER_LINES : linesOf(target));
  return Math.min(MOST_HEIGHT, Math.max(LEAST_HEIGHT, AROUND + lines * LINE_HEIGHT));
}

/**
 * Prevents a notebook's shortcuts for keys without Ctrl, Alt or ⌘: "d d" would delete a cell, and "n" or "x" have a meaning too.
 * Shortcuts with such a key, such as saving, still work.
 *
 * JupyterLab listens on the document in the capture phase and ignores events inside an element with data-lm-suppress-shortcuts.
 * The window's capture listener runs before it. Other notebooks listen in the bubble phase, which ends here.
 */
function isolateKeys(body: HTMLElement): () => void {
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

import { readSaved } from '../../core/saved/reader.js';
import { restoreSaved } from '../../core/saved/result.js';
import { placeOf } from '../../core/state/place.js';
import { SalienceStore } from '../../core/state/store.js';
import '../../elements/view/view.js';
import type { SeqsalView } from '../../elements/view/view.js';
import { findStartsInWorker } from '../pattern-worker.js';
import { createSavedHost } from './host.js';

export interface MountOptions {
  /** `auto`, the default, follows the setting of the user's system. */
  readonly theme?: 'light' | 'dark' | 'auto';
  /** Loads the text of this script, for saving the view as a page; null hides that option. */
  readonly script?: (() => Promise<string>) | null;
}

export interface Mounted {
  readonly element: SeqsalView;
  /** Removes the view from the page. */
  readonly unmount: () => void;
}

/**
 * Shows a saved result in an element, which it fills. It needs no server.
 *
 * @throws Error - the value is not a saved result. The message gives the reason.
 */
export function mount(parent: Element, value: unknown, options: MountOptions = {}): Mounted {
  const restored = restoreSaved(readSaved(value));
  const view = document.createElement('seqsal-view');
  const store = new SalienceStore(() => {
    view.snapshot = store.snapshot;
  }, findStartsInWorker);
  const { example, sequence, selection, versus, choices } = restored;
  view.viewScript = options.script ?? null;
  view.addEventListener('seqsal-action', (event) => {
    store.dispatch(event.detail);
  });
  const unfollow = followTheme(view, options.theme ?? 'auto');
  store.dispatch({ type: 'adjust', choices });
  const place = placeOf(example, [sequence], sequence, { selection, versus });
  store.show(example, createSavedHost(restored), place);
  parent.append(view);
  return {
    element: view,
    unmount: () => {
      unfollow();
      view.remove();
      store.show(null, null);
    },
  };
}

/** Gives an element the theme of the user's system, unless it is chosen; returns a function that ends it. */
export function followTheme(
  element: { theme: 'light' | 'dark' },
  theme: 'light' | 'dark' | 'auto' = 'auto',
): () => void {
  if (theme !== 'auto') {
    element.theme = theme;
    return () => undefined;
  }
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = (): void => {
    element.theme = dark.matches ? 'dark' : 'light';
  };
  follow();
  dark.addEventListener('change', follow);
  return () => {
    dark.removeEventListener('change', follow);
  };
}

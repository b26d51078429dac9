import { PageAddress } from './address.js';
import { SharedChoices } from './shared-choices.js';
import { UiState } from './ui-state.js';

/** Where this script came from, known only while it runs for the first time; its neighbour there makes saved pages. */
const source = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';

const AFTER_PAINTING_MS = 60;
const AFTER_CHANGES_MS = 200;

/** What all modules of a page share. Made when the script is read: LIT writes the address anew as soon as it starts. */
export const address = new PageAddress(history, location, (write) => setTimeout(write, AFTER_PAINTING_MS));
// A key or a press may be the one that reloads the page or copies its link.
for (const type of ['keydown', 'pointerdown', 'blur']) {
  addEventListener(
    type,
    () => {
      address.flush();
    },
    { capture: true },
  );
}
export const shared = new SharedChoices(address.choices ?? {});
export const uiState = new UiState(tellServer, (tell) => setTimeout(tell, AFTER_CHANGES_MS));

async function tellServer(body: string): Promise<void> {
  const response = await fetch('./push_view_state', { method: 'POST', body });
  if (!response.ok) throw new Error(`The server did not take the page's state: ${String(response.status)}.`);
}

/** The text of seqsal-view.js; null where nobody knows where it is. */
export const viewScript = source === '' ? null : (): Promise<string> => fetchText(new URL('seqsal-view.js', source));

async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new Error(`${url.pathname} cannot be had from the server. Is it still running?`);
  return response.text();
}

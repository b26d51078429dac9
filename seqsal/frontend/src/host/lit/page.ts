import { PageAddress } from './address.js';
import { SharedAnalyses } from './analyses.js';
import { PredictionMemory } from './prediction-memory.js';
import { SharedChoices } from '../shared-choices.js';
import { SharedComparisons } from '../shared-comparisons.js';
import { SharedQuestions } from './shared-questions.js';
import { SharedTrails } from './shared-trails.js';
import { UiState } from './ui-state.js';
import { UnsentPrompts } from './unsent-prompts.js';

/** The address of this script, known only while it first runs. The script for saved pages is next to it. */
const source = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';

const AFTER_PAINTING_MS = 60;
const AFTER_CHANGES_MS = 200;
const AFTER_TYPING_MS = 150;

/** What all modules of a page share. Created when the script loads: LIT rewrites the address as soon as it starts. */
export const address = new PageAddress(history, location, (write) => setTimeout(write, AFTER_PAINTING_MS));
// This key or press may reload the page or copy its link.
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
export const comparisons = new SharedComparisons({ before: 'pinned', after: 'selected' });
export const questions = new SharedQuestions();
export const trails = new SharedTrails();
addEventListener('pagehide', () => {
  trails.flush();
});
export const predictions = new PredictionMemory();
export const analyses = new SharedAnalyses(tabStorage());
export const unsentPrompts = new UnsentPrompts((act) => {
  const timer = setTimeout(act, AFTER_TYPING_MS);
  return () => {
    clearTimeout(timer);
  };
});
export const uiState = new UiState(sendToServer, (send) => setTimeout(send, AFTER_CHANGES_MS));

/** Null where the page may not use it. */
function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

async function sendToServer(body: string): Promise<void> {
  const response = await fetch('./push_view_state', { method: 'POST', body });
  if (!response.ok) throw new Error(`The server did not accept the page's state: ${String(response.status)}.`);
}

/** Loads the text of seqsal-view.js; null if its address is unknown. */
export const viewScript = source === '' ? null : (): Promise<string> => fetchText(new URL('seqsal-view.js', source));

async function fetchText(url: URL): Promise<string> {
  const response = await fetch(url).catch(() => null);
  if (!response?.ok) throw new Error(`${url.pathname} cannot be loaded from the server. Is it still running?`);
  return response.text();
}

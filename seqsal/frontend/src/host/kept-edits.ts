import type { Edit, KeptEdits } from '../core/state/edit.js';

const PREFIX = 'seqsal.edit.';
/** Edits are kept for this many examples. */
const MOST = 20;

/** Keeps edits in the browser's storage, so that they outlive the page and the server. */
export const keptEdits: KeptEdits & { keys(): string[] } = {
  get(key) {
    try {
      return read(localStorage.getItem(PREFIX + key));
    } catch {
      return null; // The page may not use the storage.
    }
  },
  keys() {
    try {
      return names().map((name) => name.slice(PREFIX.length));
    } catch {
      return [];
    }
  },
  set(key, edit) {
    try {
      localStorage.removeItem(PREFIX + key);
      if (edit === null) return;
      const kept = names();
      for (const name of kept.slice(0, Math.max(0, kept.length - MOST + 1))) localStorage.removeItem(name);
      localStorage.setItem(PREFIX + key, JSON.stringify(edit));
    } catch {
      // The storage is full, or the page may not use it.
    }
  },
};

function names(): string[] {
  return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
}

function read(json: string | null): Edit | null {
  const value = JSON.parse(json ?? 'null') as Partial<Edit> | null;
  const [start, end] = [value?.chars?.start, value?.chars?.end];
  if (typeof start !== 'number' || typeof end !== 'number' || typeof value?.text !== 'string') return null;
  return { chars: { start, end }, text: value.text };
}

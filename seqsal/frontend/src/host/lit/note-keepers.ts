import { changed, readNotes } from '../../core/trail/notes.js';
import type { NoteChange, NoteKeeper, Notes } from '../../core/trail/notes.js';
import { reasonIn } from './predict.js';

/** Browsers refuse `keepalive` for more than 64 KiB. */
const MAX_KEEPALIVE_CHARACTERS = 10_000;

/** Keeps the notes about a dataset's examples on our own server, for everybody who uses it. */
export function serverKeeper(dataset: string): NoteKeeper {
  const url = (path: string): string => `./${path}?dataset_name=${encodeURIComponent(dataset)}`;
  return {
    load: async () => post(url('get_trails'), {}),
    change: async (change) => post(url('set_trail'), change),
  };
}

async function post(url: string, body: object): Promise<Notes> {
  const text = JSON.stringify(body);
  // The browser finishes such a request also when the user leaves the page meanwhile.
  const keepalive = text.length < MAX_KEEPALIVE_CHARACTERS;
  const response = await fetch(url, { method: 'POST', body: text, keepalive }).catch(() => null);
  if (response === null)
    throw new Error('The server cannot be reached, so this note is not kept. Is it still running?');
  if (!response.ok) throw new Error(reasonIn(await response.text(), response));
  return readNotes(await response.json());
}

const PREFIX = 'seqsal.trails.';

/** Keeps them in the browser, for servers that have no place for notes. */
export function browserKeeper(dataset: string): NoteKeeper {
  const load = (): Notes => {
    try {
      return readNotes(JSON.parse(localStorage.getItem(PREFIX + dataset) ?? 'null'));
    } catch {
      return readNotes(null); // The page may not use the storage.
    }
  };
  return {
    load: () => Promise.resolve(load()),
    change: (change: NoteChange) => {
      const notes = changed(load(), change);
      try {
        localStorage.setItem(PREFIX + dataset, JSON.stringify(notes));
      } catch {
        return Promise.reject(new Error('The browser does not let this page keep notes.'));
      }
      return Promise.resolve(notes);
    },
  };
}

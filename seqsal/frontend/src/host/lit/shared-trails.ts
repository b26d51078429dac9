import { TrailBook } from '../../core/trail/book.js';
import type { NoteKeeper } from '../../core/trail/notes.js';
import { findStartsInWorker } from '../pattern-worker.js';

/** The trails of the page's datasets, which all modules share. */
export class SharedTrails {
  readonly #books = new Map<string, TrailBook>();
  readonly #modules = new Set<() => void>();

  /** `changed` is called when anything in a book changes. */
  join(changed: () => void): void {
    this.#modules.add(changed);
  }

  leave(changed: () => void): void {
    this.#modules.delete(changed);
  }

  /** Call this when the page is left: sends the notes that are not sent yet. */
  flush(): void {
    for (const book of this.#books.values()) book.flush();
  }

  /** The book of a dataset, whose notes `keeper` keeps. */
  bookOf(dataset: string, keeper: (dataset: string) => NoteKeeper): TrailBook {
    const known = this.#books.get(dataset);
    if (known) return known;
    const book = new TrailBook(
      () => {
        for (const changed of this.#modules) changed();
      },
      keeper(dataset),
      findStartsInWorker,
    );
    this.#books.set(dataset, book);
    return book;
  }
}

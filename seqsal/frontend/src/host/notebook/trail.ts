import { memo } from '../../core/state/memo.js';
import type { Host } from '../../core/state/host.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { TrailBook } from '../../core/trail/book.js';
import { changed, readNotes } from '../../core/trail/notes.js';
import type { NoteKeeper } from '../../core/trail/notes.js';
import type { Version } from '../../core/trail/tree.js';
import type { ShownTrail, TrailAction } from '../../elements/panels/trail.js';
import { MissingAnswers, requestable } from '../missing-answers.js';
import { findStartsInWorker } from '../pattern-worker.js';
import type { WidgetModel } from './channel.js';

/** The name of the model in saved trails: a view in a cell has one model. */
const MODEL = 'the model of the view';

/** How a cell shows a version, and answers it. */
export interface TrailCell {
  readonly snapshot: () => Snapshot;
  readonly host: () => Host | null;
  /** The prompt that is pinned next to the shown one; null for none. */
  readonly pinned: () => string | null;
  readonly visit: (prompt: string, beside: boolean) => void;
}

/** The versions of the prompt of one widget, which are traits, with the notes about them. */
export class NotebookTrail {
  readonly #model: WidgetModel;
  readonly #cell: TrailCell;
  readonly #book: TrailBook;
  readonly #missing = new MissingAnswers();
  readonly #versionsOf = memo(versionsIn);

  constructor(model: WidgetModel, cell: TrailCell, redraw: () => void) {
    [this.#model, this.#cell] = [model, cell];
    const bookChanged = (): void => {
      redraw();
      this.update(); // A version that is no longer hidden may have no answer yet.
    };
    this.#book = new TrailBook(bookChanged, keeperOf(model), findStartsInWorker);
  }

  /** Null while there is only one version. */
  get trail(): ShownTrail | null {
    const [versions, shown] = [this.#versions, this.#cell.snapshot().example?.prompt];
    const current = versions.find(({ prompt }) => prompt === shown);
    if (!current || versions.length < 2) return null;
    const beside = versions.find(({ prompt }) => prompt === this.#cell.pinned())?.id ?? null;
    return { ...this.#book.trailOf(versions, current.id, this.#answersOf), model: MODEL, current: current.id, beside };
  }

  /** Call this when the store has changed: takes the answer that is shown, and requests the missing ones. */
  update(): void {
    const { generation, sequence } = this.#cell.snapshot();
    const shown = this.#shown;
    if (generation.status === 'error') {
      if (shown) this.#book.setFailure(this.#answersOf, shown.id, generation.reason);
    } else if (generation.status === 'pending' || sequence === null) return;
    else if (shown) this.#book.setAnswer(this.#answersOf, shown.id, sequence.text);
    void this.#missing.request(
      () => requestable(this.trail?.tries ?? [], this.#shown?.id, this.#cell.snapshot().generation),
      async (id, signal) => {
        const version = this.#versions.find((each) => each.id === id);
        const { stop } = this.#cell.snapshot().state;
        const [first] = (await this.#cell.host()?.generate(version?.prompt ?? '', signal, undefined, stop)) ?? [];
        if (!first) throw new Error('There is no answer.');
        if (!signal.aborted) this.#book.setAnswer(this.#answersOf, id, first.text);
      },
      (id, reason) => {
        this.#book.setFailure(this.#answersOf, id, reason);
      },
    );
  }

  act(action: TrailAction): void {
    const [versions, current] = [this.#versions, this.trail?.current ?? ''];
    if (action.type === 'visit') {
      const prompt = versions.find(({ id }) => id === action.id)?.prompt;
      if (prompt !== undefined) this.#cell.visit(prompt, action.beside);
    } else if (action.type === 'star') void this.#book.note({ id: action.id, starred: action.on });
    else if (action.type === 'hide') void this.#book.note({ id: action.id, hidden: action.on });
    else if (action.type === 'show-hidden') void this.#book.showHidden(versions, current);
    else void this.#book.setChecks(versions, current, action.checks);
  }

  close(): void {
    this.#missing.stop();
  }

  get #shown(): Version | undefined {
    const { example } = this.#cell.snapshot();
    return this.#versions.find(({ prompt }) => prompt === example?.prompt);
  }

  /** What the answers depend on besides the prompt. */
  get #answersOf(): string {
    return JSON.stringify([this.#model.get('target') ?? '', this.#cell.snapshot().state.stop]);
  }

  get #versions(): readonly Version[] {
    return this.#versionsOf(this.#model.get('_versions'));
  }
}

function versionsIn(value: unknown): Version[] {
  if (!Array.isArray(value)) return [];
  return (value as Record<string, unknown>[]).map(({ id, parent, prompt }) => ({
    id: String(id),
    parentId: typeof parent === 'string' && parent !== '' ? parent : null,
    prompt: String(prompt),
    target: '',
  }));
}

/** Keeps notes in a trait, which is saved with the notebook. */
function keeperOf(model: WidgetModel): NoteKeeper {
  const load = (): ReturnType<typeof readNotes> => readNotes(model.get('_notes'));
  return {
    load: () => Promise.resolve(load()),
    change: (change) => {
      const notes = changed(load(), change);
      model.set('_notes', notes);
      model.save_changes();
      return Promise.resolve(notes);
    },
  };
}

import type { Candidate, Host } from '../../core/state/host.js';
import { memo } from '../../core/state/memo.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import type { TrailBook } from '../../core/trail/book.js';
import type { Version } from '../../core/trail/tree.js';
import type { ShownTrail, TrailAction } from '../../elements/panels/trail.js';
import { MissingAnswers, requestable } from '../missing-answers.js';
import { pinnedId, visit } from './compare.js';
import { browserKeeper, serverKeeper } from './note-keepers.js';
import { trails } from './page.js';
import type { LitInput, LitModuleElement } from './types.js';

/** The example on the screen, and how to have the model answer any other. */
export interface TrailSubject {
  readonly model: string;
  readonly dataset: string;
  readonly input: LitInput;
  readonly hostOf: (input: LitInput) => Host;
}

/** The trail of the prompt that one module shows. It requests the answers that are not known, one after another. */
export class ModuleTrail {
  readonly #module: LitModuleElement;
  readonly #snapshot: () => Snapshot;
  #subject: TrailSubject | null = null;
  readonly #missing = new MissingAnswers();
  readonly #versionsOf = memo(versionsOf);

  constructor(module: LitModuleElement, snapshot: () => Snapshot) {
    [this.#module, this.#snapshot] = [module, snapshot];
  }

  /** Turns to another example, or to none. */
  show(subject: TrailSubject | null): void {
    this.#subject = subject;
    this.#missing.stop();
  }

  /** Null for the pinned example, and while there is only one version of the prompt. */
  get trail(): ShownTrail | null {
    const subject = this.#subject;
    if (subject === null || this.#module.selectionServiceIndex === 1) return null;
    const { model, input } = subject;
    const trail = this.#book(subject).trailOf(this.#versions(), input.id, this.#answersOf(subject));
    if (trail.tries.length + trail.hidden < 2) return null;
    return { ...trail, model, current: input.id, beside: pinnedId(this.#module) };
  }

  /**
   * Call this when the store has changed: takes the answer that is on the screen, or why there is none, and requests the missing ones.
   * An answer that the user stopped, or that failed, is not requested here: the user may try it again.
   */
  update(): void {
    const subject = this.#subject;
    const { generation } = this.#snapshot();
    if (subject === null || generation.status === 'pending') return;
    const { id } = subject.input;
    if (generation.status === 'ready') this.#take(subject, id, generation.value);
    if (generation.status === 'error') this.#book(subject).setFailure(this.#answersOf(subject), id, generation.reason);
    this.#requestMissing(subject);
  }

  act(action: TrailAction): void {
    const subject = this.#subject;
    if (subject === null) return;
    const [book, versions, { id }] = [this.#book(subject), this.#versions(), subject.input];
    if (action.type === 'visit') visit(this.#module, action.id, action.beside);
    else if (action.type === 'star') void book.note({ id: action.id, starred: action.on });
    else if (action.type === 'hide') void book.note({ id: action.id, hidden: action.on });
    else if (action.type === 'show-hidden') void book.showHidden(versions, id);
    else void book.setChecks(versions, id, action.checks);
  }

  #requestMissing(subject: TrailSubject): void {
    void this.#missing.request(
      () => requestable(this.trail?.tries ?? [], this.#subject?.input.id, this.#snapshot().generation),
      async (id, signal) => {
        const input = this.#examples.find((each) => each.id === id);
        if (!input) throw new Error('The example is gone.');
        const { stop } = this.#snapshot().state;
        const answers = await subject.hostOf(input).generate(String(input.data['prompt']), signal, undefined, stop);
        if (answers.length === 0) throw new Error('The model gave no answer.');
        if (!signal.aborted) this.#take(subject, id, answers);
      },
      (id, reason) => {
        this.#book(subject).setFailure(this.#answersOf(subject), id, reason);
      },
    );
  }

  #take(subject: TrailSubject, id: string, [first]: readonly Candidate[]): void {
    if (first) this.#book(subject).setAnswer(this.#answersOf(subject), id, first.text);
  }

  /** What the answers depend on besides the prompt. */
  #answersOf({ model }: TrailSubject): string {
    return JSON.stringify([model, this.#snapshot().state.stop]);
  }

  #book({ dataset }: TrailSubject): TrailBook {
    const kept = this.#module.appState.metadata.seqsal?.keepsTrails === true;
    return trails.bookOf(dataset, kept ? serverKeeper : browserKeeper);
  }

  get #examples(): readonly LitInput[] {
    return this.#module.appState.currentInputData ?? [];
  }

  #versions(): readonly Version[] {
    return this.#versionsOf(this.#examples);
  }
}

function versionsOf(examples: readonly LitInput[]): Version[] {
  return examples.map(({ id, data, meta }) => ({
    id,
    parentId: typeof meta['parentId'] === 'string' && meta['parentId'] !== '' ? meta['parentId'] : null,
    prompt: text(data['prompt']),
    target: text(data['target']),
  }));
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

import type { FindStarts } from '../state/segmenter.js';
import { verdictOf } from './answer-check.js';
import type { AnswerCheck, Verdict } from './answer-check.js';
import { NO_NOTES, changed } from './notes.js';
import type { NoteChange, NoteKeeper, Notes } from './notes.js';
import { summaryOf } from './summary.js';
import { rootOf, treeOf } from './tree.js';
import type { Try, Version } from './tree.js';

/** A version of a prompt as the trail lists it. */
export interface ShownTry extends Try {
  /** What was changed against the version that it was made from; '' for the first one. */
  readonly summary: string;
  /** The model's answer; null while it is unknown. */
  readonly answer: string | null;
  /** Why the model gave no answer; '' if it has not failed. */
  readonly failure: string;
  /** One for each check; null while it is unknown. */
  readonly verdicts: readonly (Verdict | null)[];
  readonly starred: boolean;
}

/** The tries of one prompt with one model. */
export interface Trail {
  readonly tries: readonly ShownTry[];
  /** How many tries are hidden. */
  readonly hidden: number;
  readonly checks: readonly AnswerCheck[];
  /** Why the last note was not kept; '' if it was. */
  readonly problem: string;
}

/** What is known about the versions of all prompts of a dataset: notes, answers, and whether the answers meet the checks. */
export class TrailBook {
  /** What the keeper has. */
  #kept: Notes = NO_NOTES;
  /** Changes that are shown, and that the keeper does not have yet. */
  #pending: readonly NoteChange[] = [];
  /** One request at a time: each reply has the notes of all that were sent before. */
  #requests: Promise<void> = Promise.resolve();
  /** Pending changes that wait for the reply to an earlier request. */
  readonly #waiting = new Set<NoteChange>();
  #problem = '';
  readonly #changed: () => void;
  readonly #keeper: NoteKeeper;
  readonly #find: FindStarts;
  readonly #answers = new Map<string, string>();
  readonly #failures = new Map<string, string>();
  readonly #verdicts = new Map<string, Verdict | null>();
  readonly #summaries = new Map<string, string>();
  /** Aborted never: a verdict is small, and stays useful. */
  readonly #signal = new AbortController().signal;

  constructor(changed: () => void, keeper: NoteKeeper, find: FindStarts) {
    [this.#changed, this.#keeper, this.#find] = [changed, keeper, find];
    void this.#request(() => keeper.load());
  }

  /** The trail of the prompt that a version belongs to. `model` is what its answers depend on besides the prompt. */
  trailOf(versions: readonly Version[], id: string, model: string): Trail {
    const all = treeOf(versions, id);
    const checks = this.#notes.checks[all[0]?.version.id ?? ''] ?? [];
    const hidden = new Set(this.#notes.hidden.filter((each) => each !== id && each !== all[0]?.version.id));
    const shown = all.filter(({ version }) => !hidden.has(version.id));
    return {
      tries: shown.map((each) => this.#shown(each, checks, model)),
      hidden: all.length - shown.length,
      checks,
      problem: this.#problem,
    };
  }

  /** The model's answer to a version of a prompt. */
  setAnswer(model: string, id: string, answer: string): void {
    const key = JSON.stringify([model, id]);
    if (this.#answers.get(key) === answer) return;
    this.#answers.set(key, answer);
    this.#failures.delete(key);
    this.#changed();
  }

  /** Why the model gave no answer to a version of a prompt. */
  setFailure(model: string, id: string, reason: string): void {
    const key = JSON.stringify([model, id]);
    if (this.#failures.get(key) === reason) return;
    this.#failures.set(key, reason);
    this.#changed();
  }

  /** Changes notes. They are shown at once, and taken back if they cannot be kept. */
  async note(change: NoteChange): Promise<void> {
    this.#pending = [...this.#pending, change];
    this.#changed();
    await this.#request(() => this.#keeper.change(change), change);
  }

  /** Shows all hidden versions of a prompt again. */
  async showHidden(versions: readonly Version[], id: string): Promise<void> {
    const hidden = treeOf(versions, id).filter(({ version }) => this.#notes.hidden.includes(version.id));
    for (const { version } of hidden) await this.note({ id: version.id, hidden: false });
  }

  /** Replaces the checks of the prompt that a version belongs to. */
  async setChecks(versions: readonly Version[], id: string, checks: readonly AnswerCheck[]): Promise<void> {
    const root = rootOf(versions, id);
    if (root !== null) await this.note({ id: root.id, checks });
  }

  /** Call this when the page is left: sends what waits for an earlier reply at once. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    // Nobody reads these replies, unless the page is shown again: then it loads all notes.
    for (const change of this.#waiting) void this.#keeper.change(change).catch(() => null);
    this.#waiting.clear();
    void this.#request(() => this.#keeper.load());
  }

  get #notes(): Notes {
    return this.#pending.reduce(changed, this.#kept);
  }

  /** `change` is what the request keeps. */
  async #request(send: () => Promise<Notes>, change?: NoteChange): Promise<void> {
    const earlier = this.#requests;
    if (change) this.#waiting.add(change);
    this.#requests = (async () => {
      await earlier;
      try {
        if (!change || this.#waiting.delete(change)) [this.#kept, this.#problem] = [await send(), ''];
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : String(error);
      }
      this.#pending = this.#pending.filter((each) => each !== change);
      this.#changed();
    })();
    await this.#requests;
  }

  #shown(each: Try, checks: readonly AnswerCheck[], model: string): ShownTry {
    const { version, parent } = each;
    const key = JSON.stringify([model, version.id]);
    const answer = this.#answers.get(key) ?? null;
    return {
      ...each,
      summary: parent === null ? '' : this.#summaryOf(parent, version),
      answer,
      failure: this.#failures.get(key) ?? '',
      verdicts: checks.map((check) => (answer === null ? null : this.#verdict(check, answer))),
      starred: this.#notes.starred.includes(version.id),
    };
  }

  #summaryOf(parent: Version, version: Version): string {
    const key = `${parent.id} ${version.id}`;
    const known = this.#summaries.get(key) ?? summaryOf(parent, version);
    this.#summaries.set(key, known);
    return known;
  }

  #verdict(check: AnswerCheck, answer: string): Verdict | null {
    const key = JSON.stringify([check.kind, check.text, answer]);
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    this.#verdicts.set(key, null);
    void verdictOf(check, answer, this.#find, this.#signal).then((verdict) => {
      this.#verdicts.set(key, verdict);
      this.#changed();
    });
    return null;
  }
}

import { readChecks } from './answer-check.js';
import type { AnswerCheck } from './answer-check.js';

/** What users noted about the versions of prompts, by their ids. */
export interface Notes {
  readonly starred: readonly string[];
  readonly hidden: readonly string[];
  /** The checks of the answers, by the id of the first version of a prompt. */
  readonly checks: Readonly<Record<string, readonly AnswerCheck[]>>;
}

export const NO_NOTES: Notes = { starred: [], hidden: [], checks: {} };

/** A change of the notes about one version. */
export interface NoteChange {
  readonly id: string;
  readonly starred?: boolean;
  readonly hidden?: boolean;
  readonly checks?: readonly AnswerCheck[];
}

/** Keeps notes, on a server or in the browser. A promise is rejected with an Error, whose message is shown. */
export interface NoteKeeper {
  load(): Promise<Notes>;
  /** Changes the notes that are kept, and returns all of them. */
  change(change: NoteChange): Promise<Notes>;
}

export function changed(notes: Notes, { id, starred, hidden, checks }: NoteChange): Notes {
  return {
    starred: marked(notes.starred, id, starred),
    hidden: marked(notes.hidden, id, hidden),
    checks: checks === undefined ? notes.checks : { ...notes.checks, [id]: checks },
  };
}

function marked(ids: readonly string[], id: string, on: boolean | undefined): readonly string[] {
  if (on === undefined || on === ids.includes(id)) return ids;
  return on ? [...ids, id] : ids.filter((each) => each !== id);
}

/** Notes in a value from outside; what is not one is left out. */
export function readNotes(value: unknown): Notes {
  const { starred, hidden, checks } = (value ?? {}) as Record<string, unknown>;
  const entries = typeof checks === 'object' && checks !== null ? Object.entries(checks) : [];
  return {
    starred: texts(starred),
    hidden: texts(hidden),
    checks: Object.fromEntries(entries.map(([id, given]) => [id, readChecks(given)])),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? (value as unknown[]).filter((each) => typeof each === 'string') : [];
}

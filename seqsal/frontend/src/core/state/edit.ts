import { promptWith } from '../text/messages.js';
import type { Segment } from '../text/segment.js';
import { partAt, partsOf } from '../text/rearrange.js';
import { messageAround } from '../text/tokens.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';

/** A change of the prompt that the user is typing, and that has not been run. */
export interface Edit {
  /** What it replaces, in characters of the tokenized text. */
  readonly chars: Span;
  readonly text: string;
}

/** The most characters of an edit in the running text: the browser lays all of them out at each key. */
export const MOST_EDITED = 200_000;

/** Keeps an edit beyond the life of the page. */
export interface KeptEdits {
  get(key: string): Edit | null;
  set(key: string, edit: Edit | null): void;
}

/** A kept edit whose prompt is gone. */
export interface OrphanedEdit {
  readonly key: string;
  readonly prompt: string;
  /** What was typed. */
  readonly text: string;
}

/** Keeps nothing. */
export const NO_KEPT_EDITS: KeptEdits = { get: () => null, set: () => undefined };

/** The text of a segment as an edit that changes nothing yet; null for what is no text of the prompt. */
export function editOf({ region, special, chars, text }: Segment): Edit | null {
  const core = text.trim();
  if (region !== 'prompt' || special || core === '') return null;
  const start = chars.start + text.indexOf(core);
  return { chars: { start, end: start + core.length }, text: core };
}

/** The prompt with an edit in it. Throws an Error if nothing would be left of it. */
export function edited(prompt: string, { text, messages, omitted }: TokenizedText, edit: Edit): string {
  const next = promptWith(prompt, edit.chars, edit.text, messages.length > 0, omitted);
  const left = text.slice(0, edit.chars.start) + edit.text + text.slice(edit.chars.end);
  if (next.trim() === '' || left.trim() === '') throw new Error('The prompt would be empty. Write some text first.');
  return next;
}

/** An edit that covers another place, too, with the text between; null if that place is in another message. */
export function withPlace({ text, messages, offsets }: TokenizedText, edit: Edit, place: Span): Edit | null {
  const chars = { start: Math.min(edit.chars.start, place.start), end: Math.max(edit.chars.end, place.end) };
  const inOne = messages.some(({ tokens: { start, end } }) => {
    return (offsets[start]?.start ?? 0) <= chars.start && chars.end <= (offsets[end - 1]?.end ?? 0);
  });
  if (messages.length > 0 && !inOne) return null;
  return { chars, text: text.slice(chars.start, edit.chars.start) + edit.text + text.slice(edit.chars.end, chars.end) };
}

/** A place in the prompt and its whole paragraphs; if it has those, its message, or the whole of a plain prompt. */
export function wider(tokens: TokenizedText, { start, end }: Span): Span {
  const around = messageAround(tokens, { start, end });
  const text = tokens.text.slice(around.start, around.end);
  const paragraphs = partsOf(text, 'paragraphs');
  const [first, last] = [start, end - 1].map((at) => paragraphs[partAt(paragraphs, at - around.start)]);
  const [from, to] = [(first?.start ?? 0) + around.start, (last?.end ?? 0) + around.start];
  if (from < start || end < to) return { start: Math.min(from, start), end: Math.max(end, to) };
  const core = text.trim();
  const begin = around.start + text.indexOf(core);
  return { start: Math.min(begin, start), end: Math.max(begin + core.length, end) };
}

/** Whether an edit still fits a text, and changes it. */
export function changes({ text, promptLength }: TokenizedText, { chars, text: typed }: Edit): boolean {
  return chars.end <= promptLength && text.slice(chars.start, chars.end) !== typed;
}

import { diffArrays } from 'diff';
import type { ChangeObject } from 'diff';
import { UNSPACED, piecesBetween } from './anchors.js';
import type { Halves } from './carry.js';
import type { Span } from './span.js';

export type ChangeKind = 'removed' | 'added' | 'moved';

/** A part of a text that the other text does not have, or has elsewhere. */
export interface Change extends Span {
  readonly kind: ChangeKind;
}

/** Text that both texts have: where it is in each of them. */
export interface Match {
  readonly before: number;
  readonly after: number;
  readonly length: number;
}

/** The differences of two texts, in order. */
export interface Changes {
  /** In the text before: what was removed or moved. */
  readonly before: readonly Change[];
  /** In the text after: what was added or moved. */
  readonly after: readonly Change[];
  /** What both have, with what was moved; in no order. */
  readonly matches: readonly Match[];
}

/** Lines that differ in more words than this are divided where they have some words in common. The time grows with its square. */
const MOST_EDITS = 300;
/** Texts that differ in more lines than this are compared by words alone, and nothing in them counts as moved. */
const MOST_LINES = 600;
/** A word, white space or one other character. Scripts without spaces have words of one character. */
const WORD = new RegExp(
  [
    String.raw`[${UNSPACED}]\p{M}*`,
    String.raw`(?:(?![${UNSPACED}])[\p{L}\p{N}_]\p{M}*)+`,
    String.raw`\r?\n`,
    String.raw`[^\S\r\n]+`,
    '.',
  ].join('|'),
  'gsu',
);
/** Prompts with a smaller share of common characters are different prompts, not versions of one. */
const LEAST_COMMON = 0.3;

/**
 * What was changed from one text to another, by lines and then by words within changed lines; prompt and target apart. A line that is
 * elsewhere in the other text is moved. Null if the prompts have little in common.
 */
export function changesBetween(before: Halves, after: Halves): Changes | null {
  const prompt = ofHalf(before.text.slice(0, before.promptLength), after.text.slice(0, after.promptLength));
  if (1 - share(prompt.before, before.promptLength) < LEAST_COMMON) return null;
  if (1 - share(prompt.after, after.promptLength) < LEAST_COMMON) return null;
  const target = ofHalf(before.text.slice(before.promptLength), after.text.slice(after.promptLength));
  return {
    before: [...prompt.before, ...shifted(target.before, before.promptLength)],
    after: [...prompt.after, ...shifted(target.after, after.promptLength)],
    matches: [
      ...prompt.matches,
      ...target.matches.map((match) => ({
        before: match.before + before.promptLength,
        after: match.after + after.promptLength,
        length: match.length,
      })),
    ],
  };
}

function share(changes: readonly Change[], length: number): number {
  const changed = changes.filter(({ kind }) => kind !== 'moved').reduce((sum, { start, end }) => sum + end - start, 0);
  return length === 0 ? 0 : changed / length;
}

function shifted(changes: readonly Change[], by: number): Change[] {
  return changes.map(({ start, end, kind }) => ({ start: start + by, end: end + by, kind }));
}

/** The same as `Changes`, while they are being found. */
interface Found {
  before: Change[];
  after: Change[];
  matches: Match[];
}

/** Lines in the one text only, next to lines in the other only. */
interface Hunk {
  readonly removed: Line[];
  readonly added: Line[];
}

interface Line {
  readonly text: string;
  readonly start: number;
}

function ofHalf(before: string, after: string): Found {
  const [old, next] = [linesOf(before), linesOf(after)];
  const between = hunksBetween(old, next);
  if (between === null) {
    const words: Found = { before: [], after: [], matches: [] };
    wordChanges(old, next, words);
    return { ...words, before: joined(words.before, before), after: joined(words.after, after) };
  }
  const { hunks, matches } = between;
  const [gone, come] = [counted(hunks.flatMap(({ removed }) => removed)), counted(hunks.flatMap(({ added }) => added))];
  const found: Found = { before: [], after: [], matches };
  const [left, arrived]: [Line[], Line[]] = [[], []];
  for (const { removed, added } of hunks) {
    const [kept, away] = divide(removed, come);
    const [fresh, here] = divide(added, gone);
    left.push(...away);
    arrived.push(...here);
    wordChanges(kept, fresh, found);
  }
  found.before.push(...left.map((line) => wholly(line, 'moved')));
  found.after.push(...arrived.map((line) => wholly(line, 'moved')));
  found.matches.push(...movedMatches(left, arrived));
  return { before: joined(found.before, before), after: joined(found.after, after), matches };
}

/** The lines that were moved, in pairs with the same text. */
function movedMatches(left: readonly Line[], arrived: readonly Line[]): Match[] {
  const places = new Map<string, Change[]>();
  for (const line of arrived) {
    const key = line.text.trim();
    places.set(key, [...(places.get(key) ?? []), wholly(line, 'moved')]);
  }
  return left.flatMap((line) => {
    const [from, to] = [wholly(line, 'moved'), places.get(line.text.trim())?.shift()];
    return to ? [{ before: from.start, after: to.start, length: from.end - from.start }] : [];
  });
}

/** Null if more lines differ than can be compared in time. */
function hunksBetween(before: Line[], after: Line[]): { hunks: Hunk[]; matches: Match[] } | null {
  const parts = diffArrays(
    before.map(({ text }) => text),
    after.map(({ text }) => text),
    { maxEditLength: MOST_LINES },
  );
  if (!parts) return null;
  const [hunks, matches]: [Hunk[], Match[]] = [[], []];
  let [a, b, open] = [0, 0, false];
  for (const { added, removed, count } of parts) {
    if (!added && !removed) {
      const lines = before.slice(a, a + count);
      const length = lines.reduce((sum, { text }) => sum + text.length, 0);
      matches.push({ before: before[a]?.start ?? 0, after: after[b]?.start ?? 0, length });
      [a, b, open] = [a + count, b + count, false];
      continue;
    }
    if (!open) hunks.push({ removed: [], added: [] });
    open = true;
    const hunk = hunks.at(-1);
    if (removed) hunk?.removed.push(...before.slice(a, (a += count)));
    else hunk?.added.push(...after.slice(b, (b += count)));
  }
  return { hunks, matches };
}

function linesOf(text: string): Line[] {
  return Array.from(text.matchAll(/[^\n]*\n|[^\n]+$/g), ({ index, 0: line }) => ({ text: line, start: index }));
}

function counted(lines: readonly Line[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line.text.trim(), (counts.get(line.text.trim()) ?? 0) + 1);
  return counts;
}

/** The lines that are not elsewhere, and those that are; takes the latter from the counts. */
function divide(lines: readonly Line[], elsewhere: Map<string, number>): [Line[], Line[]] {
  const [here, moved]: [Line[], Line[]] = [[], []];
  for (const line of lines) {
    const count = line.text.trim() === '' ? 0 : (elsewhere.get(line.text.trim()) ?? 0);
    if (count > 0) elsewhere.set(line.text.trim(), count - 1);
    (count > 0 ? moved : here).push(line);
  }
  return [here, moved];
}

function wholly({ text, start }: Line, kind: ChangeKind): Change {
  const lead = text.length - text.trimStart().length;
  return { start: start + lead, end: start + Math.max(lead + 1, text.trimEnd().length), kind };
}

/** Adds to `found` what changed from some lines to others, by words. */
function wordChanges(removed: readonly Line[], added: readonly Line[], found: Found): void {
  const [old, next] = [new Places(removed), new Places(added)];
  const parts = wordParts(old.text, next.text);
  if (!parts) {
    found.before.push(...removed.map((line) => wholly(line, 'removed')));
    found.after.push(...added.map((line) => wholly(line, 'added')));
    return;
  }
  for (const { value, added: isAdded, removed: isRemoved } of parts) {
    const [from, to] = [isAdded ? [] : old.take(value.length), isRemoved ? [] : next.take(value.length)];
    if (isRemoved) found.before.push(...from.map((span) => ({ ...span, kind: 'removed' as const })));
    else if (isAdded) found.after.push(...to.map((span) => ({ ...span, kind: 'added' as const })));
    else found.matches.push(...pairsOf(from, to));
  }
}

/** What two texts have in common, and what only one has; null if they differ in too many words to tell. */
function wordParts(before: string, after: string): ChangeObject<string>[] | null {
  const whole = diffWords(before, after);
  if (whole) return whole;
  const pieces = piecesBetween(before, after);
  if (pieces.length < 2) return null;
  return pieces.flatMap((piece) => {
    if (piece.before === piece.after) return [part(piece.before, 'both')];
    const parts = diffWords(piece.before, piece.after);
    return parts ?? [part(piece.before, 'removed'), part(piece.after, 'added')];
  });
}

/** By words. Those of the diff library are of Latin letters only: it divides any other script into characters. */
function diffWords(before: string, after: string): ChangeObject<string>[] | undefined {
  const parts = diffArrays(before.match(WORD) ?? [], after.match(WORD) ?? [], { maxEditLength: MOST_EDITS });
  return parts?.map(({ value, ...rest }) => ({ ...rest, value: value.join('') }));
}

function part(value: string, kind: 'removed' | 'added' | 'both'): ChangeObject<string> {
  return { value, count: 1, removed: kind === 'removed', added: kind === 'added' };
}

/** The same text in both texts. Both are divided at the same line ends. */
function pairsOf(from: readonly Span[], to: readonly Span[]): Match[] {
  return from.flatMap(({ start, end }, i) => {
    const other = to[i];
    return other ? [{ before: start, after: other.start, length: end - start }] : [];
  });
}

/** Lines that need not follow each other, as one text whose characters are taken from the start. */
class Places {
  readonly text: string;
  readonly #lines: readonly Line[];
  #line = 0;
  #at = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
    this.text = lines.map(({ text }) => text).join('');
  }

  /** Takes characters; returns where they are, line by line. */
  take(count: number): Span[] {
    const taken: Span[] = [];
    for (let left = count; left > 0;) {
      const line = this.#lines[this.#line];
      if (!line) break;
      const some = Math.min(left, line.text.length - this.#at);
      const start = line.start + this.#at;
      taken.push({ start, end: start + some });
      [left, this.#at] = [left - some, this.#at + some];
      if (this.#at === line.text.length) [this.#line, this.#at] = [this.#line + 1, 0];
    }
    return taken;
  }
}

/** In order, with those of one kind as one where only white space without a line break is between them. */
function joined(changes: readonly Change[], text: string): Change[] {
  const all: Change[] = [];
  for (const change of changes.toSorted((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    const between = last?.kind === change.kind ? text.slice(last.end, change.start) : '\n';
    if (last && /^[^\S\n]*$/.test(between)) all[all.length - 1] = { ...last, end: change.end };
    else all.push(change);
  }
  return all;
}

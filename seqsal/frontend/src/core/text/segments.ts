import { segmentStarts } from './boundaries.js';
import type { Segmentation } from './boundaries.js';
import type { Region, Segment } from './segment.js';
import { blockAt } from './thinking.js';
import { isContinuation } from './tokens.js';
import type { TokenizedText } from './tokens.js';
import type { Span } from './span.js';

/**
 * Divides tokenized text into segments that cover every token once, in order.
 *
 * A token belongs to the segment of its first visible character, so a boundary inside a token moves to the token's edge. White
 * space alone is a segment only if it is a token and the unit is tokens. No segment crosses the border between prompt and target,
 * between two messages, or of a block of thinking; each message and each block is cut as a text of its own.
 */
export function segmentTokens(tokenized: TokenizedText, segmentation: Segmentation): Segment[] {
  const runs =
    segmentation.unit === 'tokens' ? tokenRuns(tokenized) : mergeBlank(pieceRuns(tokenized, segmentation), tokenized);
  return runs.map((run) => toSegment(run, tokenized));
}

/** White space that is not ASCII. */
const OTHER_SPACES = new Set(
  Array.from('\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff', (space) => space.charCodeAt(0)).concat(
    Array.from({ length: 11 }, (_, i) => 0x2000 + i),
  ),
);

interface Run {
  readonly start: number;
  end: number;
}

/** One run for each token, except that tokens that share a character are one run, such as those of an emoji. */
function tokenRuns(tokenized: TokenizedText): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < tokenized.tokens.length; i++) {
    const previous = runs.at(-1);
    if (previous && isContinuation(tokenized, i) && tokenized.special[i - 1] === false) previous.end = i + 1;
    else runs.push({ start: i, end: i + 1 });
  }
  return runs;
}

function pieceRuns(tokenized: TokenizedText, segmentation: Segmentation): Run[] {
  const starts = startsIn(tokenized, segmentation);
  const runs: Run[] = [];
  let piece = 0;
  let open = -1;
  for (let i = 0; i < tokenized.tokens.length; i++) {
    if (!isContinuation(tokenized, i)) {
      const at = firstVisible(tokenized, i);
      while ((starts[piece] ?? Infinity) <= at) piece += 1;
    }
    const previous = runs.at(-1);
    const apart = tokenized.special[i] === true || tokenized.special[i - 1] === true;
    if (previous && piece === open && !apart) previous.end = i + 1;
    else runs.push({ start: i, end: i + 1 });
    open = piece;
  }
  return runs;
}

/** Character offsets at which segments start, with those of the target, of messages, and of what follows thinking. */
function startsIn(tokenized: TokenizedText, segmentation: Segmentation): readonly number[] {
  const { promptLength, text } = tokenized;
  const borders = bordersIn(tokenized);
  // A pattern is for the whole text.
  const starts = segmentation.unit === 'custom' ? segmentation.starts : startsBetween(text, borders, segmentation);
  const inside = promptLength > 0 && promptLength < text.length ? [promptLength] : [];
  const added = [...borders, ...inside].filter((at) => !starts.includes(at));
  return added.length === 0 ? starts : [...new Set([...starts, ...added])].sort((a, b) => a - b);
}

/** The starts in each part of a text between some offsets. */
function startsBetween(text: string, borders: readonly number[], segmentation: Segmentation): readonly number[] {
  if (borders.length === 0) return segmentStarts(text, segmentation);
  return [0, ...borders].flatMap((begin, i) =>
    segmentStarts(text.slice(begin, borders[i]), segmentation).map((start) => begin + start),
  );
}

/** Where a message, the target after messages, and a block of thinking begin, and where a block ends, in characters. */
function bordersIn({ messages, thinking, offsets, special, promptLength, text }: TokenizedText): number[] {
  const filled = messages.filter(({ tokens: { start, end } }) => start < end);
  const begin = (token: number): number => offsets[token]?.start ?? text.length;
  const starts = new Set(filled.map(({ tokens: { start } }) => begin(start)));
  for (const { start, end } of thinking) starts.add(begin(start)).add(begin(end));
  const last = filled.at(-1);
  // A target that continues the last message is one text with it.
  if (last && special.includes(true, last.tokens.end)) starts.add(promptLength);
  return [...starts].filter((at) => at > 0 && at < text.length).sort((a, b) => a - b);
}

/** The offset of the token's first character that is not white space, or of its first character. */
function firstVisible({ offsets, text }: TokenizedText, i: number): number {
  const { start, end } = offsets[i] ?? { start: 0, end: 0 };
  for (let at = start; at < end; at++) {
    if (!isSpace(text.charCodeAt(at))) return at;
  }
  return start;
}

function isSpace(code: number): boolean {
  return code <= 32 || (code >= 0x80 && OTHER_SPACES.has(code));
}

/** Joins runs of white space to the run before, or to the one after if there is none before. */
function mergeBlank(runs: Run[], tokenized: TokenizedText): Run[] {
  const merged: Run[] = [];
  let blankBefore = false;
  for (const run of runs) {
    const previous = merged.at(-1);
    const blank = isBlank(run, tokenized);
    const joinable = previous !== undefined && joins(previous, run, tokenized);
    if (joinable && (blank || blankBefore)) previous.end = run.end;
    else merged.push({ ...run });
    blankBefore = blank && (!joinable || blankBefore);
  }
  return merged;
}

function isBlank(run: Run, tokenized: TokenizedText): boolean {
  return !isSpecialRun(run, tokenized) && charsOf(run, tokenized).text.trim() === '';
}

function isSpecialRun(run: Run, tokenized: TokenizedText): boolean {
  return tokenized.special[run.start] === true;
}

function joins(a: Run, b: Run, tokenized: TokenizedText): boolean {
  return (
    !isSpecialRun(a, tokenized) &&
    !isSpecialRun(b, tokenized) &&
    regionOf(a, tokenized) === regionOf(b, tokenized) &&
    messageAt(tokenized, a.start) === messageAt(tokenized, b.start) &&
    blockAt(tokenized.thinking, a.start) === blockAt(tokenized.thinking, b.start)
  );
}

/** The number of the message that a token is in; -1 if there is none. */
function messageAt({ messages }: TokenizedText, token: number): number {
  return messages.findIndex(({ tokens }) => tokens.start <= token && token < tokens.end);
}

function charsOf(run: Run, { offsets, text }: TokenizedText): { chars: Span; text: string } {
  const start = offsets[run.start]?.start ?? 0;
  const end = offsets[run.end - 1]?.end ?? start;
  return { chars: { start, end }, text: text.slice(start, end) };
}

function regionOf(run: Run, tokenized: TokenizedText): Region {
  return firstVisible(tokenized, run.start) < tokenized.promptLength ? 'prompt' : 'target';
}

function toSegment(run: Run, tokenized: TokenizedText): Segment {
  const special = isSpecialRun(run, tokenized);
  const { chars, text } = charsOf(run, tokenized);
  return {
    tokens: { start: run.start, end: run.end },
    chars,
    text: special ? (tokenized.tokens[run.start] ?? '') : text,
    region: regionOf(run, tokenized),
    special,
    thinking: blockAt(tokenized.thinking, run.start) >= 0,
  };
}

/**
 * The tokens that a click on a segment selects, or null if there is nothing to explain.
 *
 * The first token of the sequence is never selected: nothing comes before it to predict it from.
 */
export function selectableSpan(segment: Segment): Span | null {
  if (segment.special) return null;
  const start = Math.max(1, segment.tokens.start);
  return start < segment.tokens.end ? { start, end: segment.tokens.end } : null;
}

/** A typed text with the white space around the text whose place it takes, unless it has its own. */
export function inPlaceOf(selected: string, typed: string): string {
  const [lead = '', tail = ''] = [/^\s*/.exec(selected)?.[0], /\s*$/.exec(selected)?.[0]];
  return `${/^\s/.test(typed) ? '' : lead}${typed}${/\s$/.test(typed) ? '' : tail}`;
}

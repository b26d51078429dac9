// Measures how long it takes to compare two versions of a prompt of 30,000 tokens, and to pair their segments.
import { alignSegments } from '../src/core/text/alignment.js';
import type { Unit } from '../src/core/text/boundaries.js';
import { changesBetween } from '../src/core/text/changes.js';
import type { Segment } from '../src/core/text/segment.js';
import { segmentTokens } from '../src/core/text/segments.js';
import { alignTokens } from '../src/core/text/tokens.js';
import type { TokenizedText } from '../src/core/text/tokens.js';

const LINES = 1500;
const WORDS = 20;
const UNITS: readonly Unit[] = ['tokens', 'words', 'sentences'];

/** What an edit makes of the lines of a prompt. */
const EDITS: Readonly<Record<string, (lines: readonly string[]) => string[]>> = {
  'one word': (lines) => lines.map((line, i) => (i === 700 ? line.replace(/\w+/, 'changed') : line)),
  'every hundredth line rewritten': (lines) => lines.map((line, i) => (i % 100 === 0 ? `Now ${line} or not.` : line)),
  'a tenth of the lines removed': (lines) => lines.filter((_, i) => i % 10 !== 0),
  'a hundred lines moved': (lines) => [
    ...lines.slice(0, 300),
    ...lines.slice(400, 900),
    ...lines.slice(300, 400),
    ...lines.slice(900),
  ],
  'every line changed': (lines) => lines.map((line) => line.replace(/\w+/, 'changed')),
};

/** Milliseconds, the median of `runs`, by edit and by what is computed. */
export function measureVersions(runs: number): Record<string, Record<string, number>> {
  const lines = Array.from({ length: LINES }, (_, i) => lineOf(i));
  const before = tokenized(lines);
  const result: Record<string, Record<string, number>> = {};
  for (const [name, edit] of Object.entries(EDITS)) {
    const after = tokenized(edit(lines));
    const matches = changesBetween(before, after)?.matches ?? [];
    result[name] = { 'find the changes': median(runs, () => changesBetween(before, after)) };
    for (const unit of UNITS) {
      const [own, others] = [segments(before, unit), segments(after, unit)];
      result[name][`pair ${unit}`] = median(runs, () => alignSegments(own, others, matches));
    }
  }
  return result;
}

function lineOf(line: number): string {
  const words = Array.from({ length: WORDS - 1 }, (_, i) => `word${String((line * 31 + i * i * 17) % 997)}`);
  return `${String(line)} ${words.join(' ')}.`;
}

function tokenized(lines: readonly string[]): TokenizedText {
  const [prompt, target] = [`${lines.join('\n')}\n`, 'It was so.'];
  const tokens = (prompt + target).match(/\s*\S+/g) ?? [];
  return alignTokens(
    tokens,
    tokens.map(() => false),
    prompt,
    target,
  );
}

function segments(text: TokenizedText, unit: Unit): Segment[] {
  return segmentTokens(text, { unit, starts: [] });
}

function median(runs: number, act: () => unknown): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    act();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? NaN;
}

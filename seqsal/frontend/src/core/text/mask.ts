// Neutral words in place of names and numbers. docs/editing.md says what counts as one.
import { sentenceStarts } from './sentences.js';
import type { Span } from './span.js';

const WORD = String.raw`(?<![\p{L}\p{M}\p{N}])(?=[\p{Lu}\p{Lt}])[\p{L}\p{M}]+(?:['’‐-][\p{L}\p{M}]+)*`;
const PARTICLES = String.raw`(?:(?:al|bin|da|de|del|den|der|di|du|el|ibn|la|le|van|von)[ \u00a0])*`;
/** Capitalized words, one after the other. */
const NAME = new RegExp(String.raw`${WORD}(?:[ \u00a0]${PARTICLES}${WORD})*`, 'gu');
/** Digits of any script, with the signs within a number or a time. Not A4, not 3rd. */
const NUMBER = /(?<![\p{Lu}\p{Ll}\p{M}\p{N}_])\p{Nd}+(?:[.,:/٫٬’]\p{Nd}+)*(?!\p{Nd}|(?:st|nd|rd|th)(?!\p{L}))/gu;
/** "1." or "a)" at the start of a line. */
const MARKER = /^\s*(?:[-*+•>#]+\s+)?(?:\p{Nd}{1,3}|\p{L})[.)]\s/u;
/** "Suggestion:" at the start of a sentence: another one may start after it. */
const LABEL = /^[\s\p{L}\p{M}\p{N}_*'’()-]{1,40}[:：]/u;
/** What is no part of the name after it: a title, or a word with a capital only because it starts a sentence. */
const TITLE = /^(?:Dr|Mr|Mrs|Ms|Prof)$/;
const TITLE_AT_END = /(?:^|[ \u00a0])(?:Dr|Mr|Mrs|Ms|Prof)$/;
const FUNCTION_WORDS = new Set(
  (
    'a after all also although an and any are as at because before both but by can could dear did do does each every for ' +
    'from had has have he hello her hi his how if in is it its many may more most my no not of on or our please she should ' +
    'since so some than that the their then there these they this those to today under until was we were what when where ' +
    'which while who whose why will with would yes you your'
  ).split(' '),
);

interface Found extends Span {
  readonly text: string;
}

/**
 * A part of a text with NAME in place of capitalized names and NUMBER in place of numbers. Several names are NAME1, NAME2, ...: the
 * same name has the same one, and so has a part of a name. Null if there is neither.
 */
export function masked(text: string, part: Span): string | null {
  const from = lineStart(text, part.start);
  const lines = text.slice(from, part.end);
  const begin = part.start - from;
  const inside = (found: Found): Found[] =>
    found.end > begin ? [{ ...found, start: Math.max(begin, found.start) }] : [];
  const [names, numbers] = [namesIn(lines).flatMap(inside), numbersIn(lines).flatMap(inside)];
  const [nameOf, numberOf] = [placeholders('NAME', names), placeholders('NUMBER', numbers)];
  const found = [
    ...names.map((each) => ({ ...each, by: nameOf(each.text) })),
    ...numbers.map((each) => ({ ...each, by: numberOf(each.text) })),
  ].sort((a, b) => a.start - b.start);
  let [out, at] = ['', begin];
  for (const { start, end, by } of found) {
    out += lines.slice(at, start) + by;
    at = end;
  }
  return found.length === 0 ? null : out + lines.slice(at);
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : Math.max(...['\n', '\r', '\u2028', '\u2029'].map((end) => text.lastIndexOf(end, at - 1) + 1));
}

/** Gives each text its placeholder, numbered in the order of the texts if there are several. */
function placeholders(word: string, found: readonly Found[]): (text: string) => string {
  const texts = [...new Set(found.map(({ text }) => text))];
  const whole = (text: string): string =>
    texts.find((each) => each !== text && ` ${each} `.includes(` ${text} `)) ?? text;
  const distinct = [...new Set(texts.map(whole))];
  return (text) => (distinct.length > 1 ? `${word}${String(1 + distinct.indexOf(whole(text)))}` : word);
}

/** The names in some lines. A single word at the start of a sentence is one only if it is a name elsewhere, too. */
function namesIn(text: string): Found[] {
  const { starts, labels } = sentencesIn(text);
  const runs = Array.from(text.matchAll(NAME), ({ 0: run, index }) => nameIn(run, index, starts.has(index))).filter(
    ({ text: name, end }) => /\p{Ll}/u.test(name) && !labels.some((label) => label.start < end && end <= label.end),
  );
  const words = new Set(runs.filter(({ sure }) => sure).flatMap(({ text: name }) => name.split(/[ \u00a0]/)));
  return runs.filter(({ text: name, sure }) => sure || words.has(name));
}

/** The name in capitalized words, without the words before it that do not belong to it, and without 's. */
function nameIn(words: string, index: number, first: boolean): Found & { readonly sure: boolean } {
  const run = words.replace(TITLE_AT_END, '');
  const word = /^[^ \u00a0]+/.exec(run)?.[0] ?? '';
  const lower = /^[\p{L}\p{M}]+/u.exec(word)?.[0].toLowerCase() ?? '';
  const foreign = TITLE.test(word) || /^I(?:['’]|$)/.test(word) || (first && FUNCTION_WORDS.has(lower));
  const rest = foreign ? run.slice(word.length).trimStart() : run;
  const text = rest.replace(/['’]s$/u, '');
  const start = index + run.length - rest.length;
  return { start, end: start + text.length, text, sure: !first || foreign || /[ \u00a0]/.test(text) };
}

/** The characters at which a sentence, or the text after its marker or its label, has its first word; and the labels. */
function sentencesIn(text: string): { readonly starts: ReadonlySet<number>; readonly labels: readonly Span[] } {
  const labels: Span[] = [];
  const starts = new Set<number>();
  const begins = [0, ...sentenceStarts(text)];
  for (const [i, begin] of begins.entries()) {
    const sentence = text.slice(begin, begins[i + 1]);
    const marker = MARKER.exec(sentence)?.[0].length ?? 0;
    const label = LABEL.exec(sentence.slice(marker))?.[0].length ?? 0;
    if (label > 0) labels.push({ start: begin + marker, end: begin + marker + label });
    const from = marker + label;
    starts.add(begin + from + Math.max(0, sentence.slice(from).search(/[\p{L}\p{N}]/u)));
  }
  return { starts, labels };
}

function numbersIn(text: string): Found[] {
  const found = Array.from(text.matchAll(NUMBER), ({ 0: number, index: start }) => {
    return { start, end: start + number.length, text: number };
  });
  // The number of a list item stays.
  return found.filter(({ start }) => {
    const line = lineStart(text, start);
    return start >= line + (MARKER.exec(text.slice(line))?.[0].length ?? 0);
  });
}

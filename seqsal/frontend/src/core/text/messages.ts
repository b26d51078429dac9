// The message form of a prompt: messages with roles, as one text that a person can type. docs/messages.md describes it, and
// seqsal/shared/messages.py reads and writes the same form.
import { ROLES } from './message.js';
import type { Message, MessageSpan, Role } from './message.js';
import type { Segment } from './segment.js';
import { callsIn, withSameAnswers } from './tool-calls.js';
import type { Left } from './tool-calls.js';
import type { Span } from './span.js';

/** A line is what "\n" ends. White space after the colon is invisible to who types it. */
const ROLE_LINE = new RegExp(`^(\\\\*)(?:(${ROLES.join('|')})|(tool) (\\{[^\\n]*\\})):[ \\t\\r]*$`);

function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

/** Reads the messages that servers, kernels and files send: objects with `role` and `tokens`, a range [start, end). */
export function readMessages(values: unknown): MessageSpan[] {
  if (!Array.isArray(values)) return [];
  return (values as unknown[]).flatMap((value) => {
    const { role, tokens } = value as { readonly role?: unknown; readonly tokens?: unknown };
    const [start, end] = Array.isArray(tokens) ? (tokens as unknown[]) : [];
    if (!isRole(role) || typeof start !== 'number' || typeof end !== 'number') return [];
    return [{ role, tokens: { start, end } }];
  });
}

export function formatMessages(messages: readonly Message[]): string {
  return messages.map((message) => `${roleLine(message)}\n${escaped(message.content)}`).join('\n\n');
}

function roleLine({ role, reference }: Message): string {
  return reference === undefined ? `${role}:` : `${role} ${reference}:`;
}

/** The messages of a prompt in message form; null for a plain prompt. */
export function parseMessages(prompt: string): Message[] | null {
  const lines = prompt.split('\n');
  const first = firstLine(lines);
  if (!startsMessage(lines[first] ?? '')) return null;
  const starts = lines.flatMap((line, i) => (startsMessage(line) ? [i] : []));
  return starts.map((start, i) => {
    const end = starts[i + 1];
    const [, , plain, tool, reference] = ROLE_LINE.exec(lines[start] ?? '') ?? [];
    const role = (plain ?? tool ?? 'user') as Role;
    const content = contentOf(lines.slice(start + 1, end), end === undefined);
    return reference === undefined ? { role, content } : { role, content, reference };
  });
}

/** The plain prompt that a model reads as this text: a line at its start that looks like a role line gets a backslash. */
export function plainPrompt(text: string): string {
  return withFirstLine(text, (line) => (ROLE_LINE.test(line) ? `\\${line}` : line));
}

/** The text of a plain prompt, which loses such a backslash. */
export function plainText(prompt: string): string {
  return withFirstLine(prompt, (line) => (ROLE_LINE.test(line) ? line.replace(/^\\/, '') : line));
}

/** A plain prompt as a message of the user. */
export function asMessage(prompt: string): string {
  return formatMessages([{ role: 'user', content: plainText(prompt) }]);
}

/** What messages are called; documents and calls of tools have numbers. */
export function labelsOf(messages: readonly { readonly role: Role }[]): string[] {
  const counts = { document: 0, calls: 0 };
  return messages.map(({ role }) => {
    if (role === 'document') return `Document ${String((counts.document += 1))}`;
    if (role === 'calls') return `Call ${String((counts.calls += 1))}`;
    return role.charAt(0).toUpperCase() + role.slice(1);
  });
}

/**
 * The prompt without some segments, with the gaps closed. Of a prompt in message form, a message of which nothing is left goes too,
 * and the results of calls still answer those that they answered.
 *
 * @param inMessages - whether the model read the prompt as messages.
 * @param omitted - the characters of the joined contents that it did not read.
 */
export function promptWithout(
  prompt: string,
  removed: readonly Segment[],
  inMessages = false,
  omitted: readonly Span[] = [],
): string {
  const spans = removed.map(({ chars }) => inContents(chars, omitted)).sort((a, b) => b.start - a.start);
  const messages = inMessages ? parseMessages(prompt) : null;
  if (messages === null) return plainPrompt(without(plainText(prompt), spans, 0));
  let at = 0;
  const left = messages.flatMap((message, number): Left[] => {
    // The tools are not part of the text.
    const { length } = message.role === 'tools' ? '' : message.content;
    const calls = message.role === 'calls' ? callsLeft(message.content, spans, at) : [];
    const cut = message.role === 'calls' ? onlyCalls(message.content, calls) : without(message.content, spans, at);
    const content = length === 0 ? message.content : cut;
    at += length;
    const gone = content.trim() === '' && message.content.trim() !== '';
    return gone ? [] : [{ message: { ...message, content }, number, calls }];
  });
  return left.some(({ message: { role } }) => role !== 'tools' && role !== 'document' && role !== 'calls')
    ? formatMessages(withSameAnswers(messages, left))
    : '';
}

/**
 * The prompt with another text in place of a part. A message that becomes empty stays.
 *
 * @param part - characters of the text that the model read.
 * @param inMessages - whether the model read the prompt as messages.
 * @param omitted - the characters of the joined contents that it did not read.
 */
export function promptWith(
  prompt: string,
  part: Span,
  replacement: string,
  inMessages = false,
  omitted: readonly Span[] = [],
): string {
  const { start, end } = inContents(part, omitted);
  const messages = inMessages ? parseMessages(prompt) : null;
  if (messages === null) {
    const text = plainText(prompt);
    return plainPrompt(text.slice(0, start) + replacement + text.slice(end));
  }
  let [at, replaced] = [0, false];
  const changed = messages.map((message) => {
    const length = message.role === 'tools' ? 0 : message.content.length;
    const [from, to] = [start - at, end - at];
    at += length;
    if (replaced || length === 0 || from < 0 || from >= length) return message;
    replaced = true;
    return { ...message, content: message.content.slice(0, from) + replacement + message.content.slice(to) };
  });
  return formatMessages(changed);
}

/** Where a span of the text that was read is in the joined contents. */
export function inContents({ start, end }: Span, omitted: readonly Span[]): Span {
  let before = 0;
  for (const part of omitted) {
    if (part.start - before > start) break;
    before += part.end - part.start;
  }
  return { start: start + before, end: end + before };
}

/** A text that starts at a character of a longer one, without some spans of that, which are the last first. */
function without(text: string, spans: readonly Span[], start: number): string {
  return spans.reduce((left, span) => {
    const [from, to] = [span.start, span.end].map((at) => Math.min(text.length, Math.max(0, at - start)));
    return left.slice(0, from) + left.slice(to);
  }, text);
}

/** The numbers of the calls of which no part is removed: a part of a call can not be left out. */
function callsLeft(text: string, spans: readonly Span[], start: number): number[] {
  return callsIn(text).flatMap((call, number) => {
    const cut = spans.some((span) => span.start - start < call.end && call.start < span.end - start);
    return cut ? [] : [number];
  });
}

/** The text of calls with only some of them. */
function onlyCalls(text: string, numbers: readonly number[]): string {
  const calls = callsIn(text);
  if (numbers.length === calls.length) return text;
  const left = calls.filter((_, number) => numbers.includes(number));
  return left.length === 0 ? '' : `[${left.map((call) => text.slice(call.start, call.end)).join(',\n ')}]`;
}

function withFirstLine(text: string, change: (line: string) => string): string {
  const lines = text.split('\n');
  const first = firstLine(lines);
  return first < 0 ? text : lines.with(first, change(lines[first] ?? '')).join('\n');
}

function firstLine(lines: readonly string[]): number {
  return lines.findIndex((line) => /[^ \t\r]/.test(line));
}

function startsMessage(line: string): boolean {
  return ROLE_LINE.exec(line)?.[1] === '';
}

function escaped(content: string): string {
  return content
    .split('\n')
    .map((line) => (ROLE_LINE.test(line) ? `\\${line}` : line))
    .join('\n');
}

/** The content of some lines. All but the last content lose a blank line at the end, which divides messages. */
function contentOf(lines: readonly string[], last: boolean): string {
  const end = lines.at(-1);
  const blank = !last && (end === '' || end === '\r');
  const kept = blank ? lines.slice(0, -1) : [...lines];
  // The line break before a blank line, or a role line, may be "\r\n".
  const windows = blank ? end === '\r' : !last;
  const final = kept.pop();
  if (final !== undefined) kept.push(windows ? final.replace(/\r$/, '') : final);
  return kept.map((line) => ((ROLE_LINE.exec(line)?.[1] ?? '') === '' ? line : line.slice(1))).join('\n');
}

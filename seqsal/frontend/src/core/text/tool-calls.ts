// Calls of tools in the message form: where they are in the text of a block, and which messages answer them.
// docs/messages.md describes it, and seqsal/shared/tool_calls.py reads the same form.
import type { Message } from './message.js';
import type { Span } from './span.js';

/** A message of which something may have been removed. */
export interface Left {
  readonly message: Message;
  /** Its number among all messages before the removal. */
  readonly number: number;
  /** The numbers of the calls that are left in a block of calls. */
  readonly calls: readonly number[];
}

/** A call: the number of its block among all messages, and its own in the block. */
interface Call {
  readonly block: number;
  readonly call: number;
}

/** Where the calls are in the text of a block: the objects of a JSON list. */
export function callsIn(text: string): Span[] {
  const found: Span[] = [];
  let [depth, start] = [0, 0];
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (part === '{' && (depth += 1) === 1) start = index;
    if (part === '}' && (depth -= 1) === 0) found.push({ start, end: index + 1 });
  }
  return found;
}

/**
 * The messages that are left, in which each result still answers the call that it answered before, also if that call is removed:
 * where its place would say something else, its role line says it.
 */
export function withSameAnswers(messages: readonly Message[], left: readonly Left[]): Message[] {
  const before = answeredByPlace(
    messages.map((message, number) => ({ message, number, calls: callsIn(message.content).map((_, call) => call) })),
  );
  const after = answeredByPlace(left);
  return left.map(({ message, number }) => {
    if (message.role !== 'tool' || message.reference !== undefined) return message;
    const [call, now] = [before.get(number), after.get(number)];
    if (call?.block === now?.block && call?.call === now?.call) return message;
    return {
      ...message,
      reference: call === undefined ? '{}' : referenceTo(messages[call.block]?.content ?? '', call.call),
    };
  });
}

/** For each message of the role tool the call that it answers by its place: those after a block answer its calls in order. */
function answeredByPlace(left: readonly Left[]): Map<number, Call> {
  const found = new Map<number, Call>();
  let block: Left | null = null;
  let count = 0;
  for (const each of left) {
    if (each.message.role === 'calls') [block, count] = [each, 0];
    if (each.message.role !== 'tool') continue;
    const call = block?.calls[count];
    if (block !== null && call !== undefined) found.set(each.number, { block: block.number, call });
    count += 1;
  }
  return found;
}

/** The object in a role line that names a call: its id, or its name if it has none. */
function referenceTo(text: string, number: number): string {
  const { start = 0, end = 0 } = callsIn(text)[number] ?? {};
  const { id, name } = fieldsOf(text.slice(start, end));
  if (typeof id === 'string') return `{"tool_call_id": ${JSON.stringify(id)}}`;
  return typeof name === 'string' ? `{"name": ${JSON.stringify(name)}}` : '{}';
}

function fieldsOf(text: string): { readonly id?: unknown; readonly name?: unknown } {
  try {
    return JSON.parse(text) as { readonly id?: unknown; readonly name?: unknown };
  } catch {
    return {}; // The text of calls may be wrong; then no model reads it.
  }
}

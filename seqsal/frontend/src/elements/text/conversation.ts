import { labelsOf } from '../../core/text/messages.js';
import type { Message, MessageSpan } from '../../core/text/message.js';
import type { Segment } from '../../core/text/segment.js';
import type { TokenizedText } from '../../core/text/tokens.js';
import { plainFlows } from './blocks.js';
import type { Flow } from './blocks.js';
import { setText } from './region.js';
import type { ShownThinking, ThinkingBlocks } from './thinking.js';

/** The text to lay out. Its segments are empty until they are known. */
interface Layable {
  readonly prompt: string;
  readonly target: string;
  readonly segments: readonly Segment[];
  readonly tokens: TokenizedText | null;
  /** The messages of the prompt; null for a plain prompt. */
  readonly messages: readonly Message[] | null;
  readonly thinking: ShownThinking;
}

/** Prepares the elements of prompt and target. The messages of a prompt are blocks with their roles. */
export class TextLayout {
  readonly #thinking: ThinkingBlocks;
  /** The messages that are shown without segments: they stay while an answer grows. */
  #shown: readonly Message[] | null = null;

  constructor(thinking: ThinkingBlocks) {
    this.#thinking = thinking;
  }

  /** Returns where the segments go. Without segments, the texts are shown as they are. */
  lay(prompt: HTMLElement, target: HTMLElement, text: Layable): Flow[] {
    const { segments, messages } = text;
    const before = this.#shown;
    this.#shown = segments.length > 0 ? null : messages;
    if (segments.length > 0) {
      const flows = flowsOf(prompt, target, segments, text.tokens?.messages ?? []);
      return flows.flatMap((flow) =>
        flow.element === target ? this.#thinking.divide(flow, segments, text.tokens?.thinking ?? []) : [flow],
      );
    }
    if (messages === null) setText(prompt, text.prompt);
    else if (messages !== before) showMessages(prompt, messages);
    if (!this.#thinking.write(target, text.thinking.written)) setText(target, text.target);
    return [];
  }
}

/**
 * Puts the messages of a prompt into blocks with their roles, and returns where the segments go: into the blocks, and from the
 * header of the answer on into the target. The template's tokens between two messages are divided among them.
 */
function flowsOf(
  prompt: HTMLElement,
  target: HTMLElement,
  segments: readonly Segment[],
  messages: readonly MessageSpan[],
): Flow[] {
  if (messages.length === 0) return plainFlows(prompt, target, segments);
  const places = makeBlocks(prompt, messages);
  const flows: Flow[] = [];
  let first = 0;
  for (const [i, element] of places.entries()) {
    const end = messages[i]?.tokens.end ?? 0;
    let next = segments.findIndex(({ tokens }, at) => at >= first && tokens.start >= end);
    if (next < 0) next = segments.length;
    next += tailOf(segments, next);
    flows.push({ element, first, end: next });
    first = next;
  }
  return [...flows, { element: target, first, end: segments.length }];
}

/** Shows messages whose tokens are not known yet. */
function showMessages(prompt: HTMLElement, messages: readonly Message[]): void {
  const shown = messages.filter(({ role }) => role !== 'tools');
  for (const [i, element] of makeBlocks(prompt, shown).entries()) element.textContent = shown[i]?.content ?? '';
}

/** Fills an element with a block for each message, and returns the elements for their texts. */
function makeBlocks(into: HTMLElement, messages: readonly Pick<Message, 'role'>[]): HTMLElement[] {
  const labels = labelsOf(messages);
  const blocks = messages.map(({ role }, i) => {
    const [block, name, text] = [makeDiv(`message ${role}`), makeDiv('role'), makeDiv('text')];
    block.role = 'group';
    block.ariaLabel = labels[i] ?? '';
    // The group has the same name.
    name.ariaHidden = 'true';
    name.textContent = labels[i] ?? '';
    block.append(name, text);
    return { block, text };
  });
  into.replaceChildren(...blocks.map(({ block }) => block));
  return blocks.map(({ text }) => text);
}

function makeDiv(className: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  return element;
}

const END_OF_DOCUMENT = '</document>';

/** How many template tokens from `first` on end a message: one, or those of a document's end, and line breaks after them. */
function tailOf(segments: readonly Segment[], first: number): number {
  let last = first;
  while (segments[last]?.special === true) last += 1;
  const texts = segments.slice(first, last).map(({ text }) => text);
  if (texts.length === 0) return 0;
  let length = 1;
  if (texts.join('').includes(END_OF_DOCUMENT)) {
    while (!texts.slice(0, length).join('').includes(END_OF_DOCUMENT)) length += 1;
  }
  while (/^\s*\n\s*$/.test(texts[length] ?? '')) length += 1;
  return length;
}

import { labelsOf } from '../../core/text/messages.js';
import type { Message, MessageSpan } from '../../core/text/messages.js';
import type { Segment } from '../../core/text/segments.js';
import type { Flow } from './blocks.js';

/**
 * Puts the messages of a prompt into blocks with their roles, and returns where the segments go: into the blocks, and from the
 * header of the answer on into the target. The template's tokens between two messages are divided among them.
 */
export function conversationFlows(
  prompt: HTMLElement,
  target: HTMLElement,
  segments: readonly Segment[],
  messages: readonly MessageSpan[],
): Flow[] {
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
export function showMessages(prompt: HTMLElement, messages: readonly Message[]): void {
  const shown = messages.filter(({ role }) => role !== 'tools');
  for (const [i, element] of makeBlocks(prompt, shown).entries()) element.textContent = shown[i]?.content ?? '';
}

/** Fills an element with a block for each message, and returns the elements for their texts. */
function makeBlocks(into: HTMLElement, messages: readonly Pick<Message, 'role'>[]): HTMLElement[] {
  const labels = labelsOf(messages);
  const blocks = messages.map(({ role }, i) => {
    const [block, name, text] = ['div', 'div', 'div'].map((tag) => document.createElement(tag));
    if (!block || !name || !text) throw new Error('This document makes no elements.');
    block.className = `message ${role}`;
    block.role = 'group';
    block.ariaLabel = labels[i] ?? '';
    name.className = 'role';
    // The group has the same name.
    name.ariaHidden = 'true';
    name.textContent = labels[i] ?? '';
    text.className = 'text';
    block.append(name, text);
    return { block, text };
  });
  into.replaceChildren(...blocks.map(({ block }) => block));
  return blocks.map(({ text }) => text);
}

const END_OF_DOCUMENT = '</document>';

/** How many template tokens from `first` on end a message: one, or those of a document's end, and a line break after them. */
function tailOf(segments: readonly Segment[], first: number): number {
  let last = first;
  while (segments[last]?.special === true) last += 1;
  const texts = segments.slice(first, last).map(({ text }) => text);
  if (texts.length === 0) return 0;
  let length = 1;
  if (texts.join('').includes(END_OF_DOCUMENT)) {
    while (!texts.slice(0, length).join('').includes(END_OF_DOCUMENT)) length += 1;
  }
  return /^\s*\n\s*$/.test(texts[length] ?? '') ? length + 1 : length;
}

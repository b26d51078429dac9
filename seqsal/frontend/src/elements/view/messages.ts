// The properties of the parts of the view that depend on messages.
import type { Example } from '../../core/state/host.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { asMessage, parseMessages } from '../../core/text/messages.js';
import type { Message } from '../../core/text/message.js';
import type { PlainPrompt } from '../panels/notes.js';

/** Whether the model reads the prompt as messages; before there are tokens, whether it will. */
export function isConversation(snapshot: Snapshot): boolean {
  const { tokens } = snapshot;
  return tokens.status === 'ready' ? tokens.value.messages.length > 0 : messagesIn(snapshot) !== null;
}

/** The messages of each example, or null: the same each time, so that the page does not lay them out again. */
const known = new WeakMap<Example, readonly Message[] | null>();

/** The messages of a prompt that the model will read as such; null for a plain prompt. */
export function messagesIn({ example, chatTemplate }: Snapshot): readonly Message[] | null {
  if (example === null || chatTemplate === null) return null;
  if (!known.has(example)) known.set(example, parseMessages(example.prompt));
  return known.get(example) ?? null;
}

/** Whether special tokens are shown: those of a chat template if the user wants, others among tokens. */
export function showsSpecial(snapshot: Snapshot): boolean {
  const { granularity, template } = snapshot.state;
  return isConversation(snapshot) ? template : granularity.unit === 'tokens';
}

/** How many characters of the messages the chat template leaves out. */
export function omittedIn({ tokens }: Snapshot): number {
  if (tokens.status !== 'ready') return 0;
  return tokens.value.omitted.reduce((count, { start, end }) => count + end - start, 0);
}

/** Null if the prompt is not plain, if the model has no chat template or always applies it, or if the view before this one says so. */
export function plainIn({ example, tokens, chatTemplate, offers, compared }: Snapshot): PlainPrompt | null {
  const plain = tokens.status === 'ready' && tokens.value.messages.length === 0;
  if (example === null || chatTemplate !== 'messages' || !plain || compared?.isBefore === true) return null;
  return { message: offers.replacement ? asMessage(example.prompt) : null };
}

// The properties of the parts of the view that depend on messages.
import { memo } from '../../core/state/memo.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { asMessage, parseMessages } from '../../core/text/messages.js';
import type { Message } from '../../core/text/messages.js';
import type { PlainPrompt } from '../panels/notes.js';

/** Whether the model reads the prompt as messages; before there are tokens, whether it will. */
export function isConversation({ example, tokens, chatTemplate }: Snapshot): boolean {
  if (tokens.status === 'ready') return tokens.value.messages.length > 0;
  return chatTemplate !== null && parseMessages(example?.prompt ?? '') !== null;
}

/** Returns a function that gives the messages of a prompt that the model will read as such, or null. */
export function makeMessages(): (snapshot: Snapshot) => readonly Message[] | null {
  const parse = memo(parseMessages);
  return ({ example, chatTemplate }) => (chatTemplate === null ? null : parse(example?.prompt ?? ''));
}

/** Whether special tokens are shown: those of a chat template if the user wants, others among tokens. */
export function showsSpecial(snapshot: Snapshot): boolean {
  const { granularity, template } = snapshot.state;
  return isConversation(snapshot) ? template : granularity.unit === 'tokens';
}

/** Null if the prompt is not plain, or if the model has no chat template or always applies it. */
export function plainIn({ example, tokens, chatTemplate, offers }: Snapshot): PlainPrompt | null {
  const plain = tokens.status === 'ready' && tokens.value.messages.length === 0;
  if (example === null || chatTemplate !== 'messages' || !plain) return null;
  return { message: offers.replacement ? asMessage(example.prompt) : null };
}

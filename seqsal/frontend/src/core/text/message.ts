import type { Span } from './span.js';

export const ROLES = ['system', 'user', 'assistant', 'tool', 'document', 'tools', 'calls'] as const;
export type Role = (typeof ROLES)[number];

/**
 * A message, a document that the next user message refers to, the tools that the model may call, or the calls of the assistant's
 * message before it.
 */
export interface Message {
  readonly role: Role;
  readonly content: string;
  /** The JSON object in the role line of a tool, which names the call that it answers; missing for none. */
  readonly reference?: string;
}

/** The tokens of a message, of a part of one, or of a document in it. Empty for an empty message. */
export interface MessageSpan {
  readonly role: Role;
  readonly tokens: Span;
}

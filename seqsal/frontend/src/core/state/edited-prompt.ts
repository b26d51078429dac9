import { changedPart } from '../text/changed-part.js';
import { inContents, parseMessages, plainText, promptWith } from '../text/messages.js';
import type { Rewrite } from '../text/rearrange.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Span } from '../text/span.js';
import { changes } from './edit.js';
import type { Edit } from './edit.js';

/** The whole prompt that an edit makes; null if it changes nothing. */
export function promptOfEdit(prompt: string, tokens: TokenizedText, edit: Edit | null): string | null {
  if (edit === null || !changes(tokens, edit)) return null;
  return promptWith(prompt, edit.chars, edit.text, tokens.messages.length > 0, tokens.omitted);
}

/**
 * The edit that makes one prompt of another, in the place of the present edit if that is possible. Null if there is none: the
 * prompts are the same, or differ in more than one message, in their roles, or in what the model does not read.
 */
export function editBetween(prompt: string, tokens: TokenizedText, next: string, present: Edit | null): Edit | null {
  const changed = changedContent(prompt, tokens.messages.length > 0, next);
  if (changed === null) return null;
  const { before, after, offset } = changed;
  const place = present && inContents(present.chars, tokens.omitted);
  const kept = place && inPlace(before, after, { start: place.start - offset, end: place.end - offset });
  const part = kept ?? changedPart(before, after);
  if (part === null) return null;
  const chars = inRead({ start: part.chars.start + offset, end: part.chars.end + offset }, tokens.omitted);
  return chars && { chars, text: part.text };
}

/** The texts that differ, and where the first is among the joined contents; null if they are not of one message. */
function changedContent(
  prompt: string,
  inMessages: boolean,
  next: string,
): { readonly before: string; readonly after: string; readonly offset: number } | null {
  const [old, young] = [inMessages ? parseMessages(prompt) : null, parseMessages(next)];
  if (old === null) return young === null ? { before: plainText(prompt), after: plainText(next), offset: 0 } : null;
  if (old.length !== young?.length) return null;
  let [offset, found]: [number, ReturnType<typeof changedContent>] = [0, null];
  for (const [i, { role, content, reference }] of old.entries()) {
    const other = young[i];
    if (other?.role !== role || other.reference !== reference) return null;
    if (other.content !== content) {
      if (found !== null || role === 'tools') return null;
      found = { before: content, after: other.content, offset };
    }
    // The tools are not part of the text.
    offset += role === 'tools' ? 0 : content.length;
  }
  return found;
}

/** What is in place of a part, if nothing else differs. */
function inPlace(before: string, after: string, chars: Span): Rewrite | null {
  const tail = before.length - chars.end;
  const fits = chars.start >= 0 && tail >= 0 && after.length >= chars.start + tail;
  if (!fits || !after.startsWith(before.slice(0, chars.start)) || !after.endsWith(before.slice(chars.end))) return null;
  return { chars, text: after.slice(chars.start, after.length - tail) };
}

/** Where a span of the joined contents is in the text that was read; null if the span has a part that was not read. */
function inRead({ start, end }: Span, omitted: readonly Span[]): Span | null {
  let before = 0;
  for (const part of omitted) {
    if (part.start < end && start < part.end) return null;
    if (part.end <= start) before += part.end - part.start;
  }
  return { start: start - before, end: end - before };
}

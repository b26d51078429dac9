/** Whether a match of the custom pattern ends its segment or starts a new one. */
export type PatternRole = 'ends' | 'starts';

export type CompiledPattern =
  { readonly ok: true; readonly regex: RegExp } | { readonly ok: false; readonly reason: string };

/** The pattern as a regular expression with the flags g, m and u, or the reason why it is invalid. */
export function compilePattern(pattern: string): CompiledPattern {
  if (pattern === '') return { ok: false, reason: 'Type a regular expression, for example \\n+ or ;' };
  try {
    return { ok: true, regex: new RegExp(pattern, 'gmu') };
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

/** Removes the pattern that browsers put before the reason; the field next to the message shows it already. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = /\/[a-z]*: ([^:]+)$/.exec(message)?.[1] ?? message;
  return `Invalid: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}.`;
}

/**
 * Character offsets at which the pattern starts a new segment.
 *
 * Uses nothing from outside: a worker runs the source text of this function.
 */
export function patternStarts(text: string, regex: RegExp, role: PatternRole): number[] {
  const starts: number[] = [];
  for (const match of text.matchAll(regex)) {
    starts.push(role === 'ends' ? match.index + match[0].length : match.index);
  }
  return starts;
}

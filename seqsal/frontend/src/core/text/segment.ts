import type { Span } from './span.js';

export type Region = 'prompt' | 'target';

/** Consecutive tokens that are drawn, selected and scored as one. */
export interface Segment {
  readonly tokens: Span;
  readonly chars: Span;
  readonly text: string;
  readonly region: Region;
  /** A single special or template token. It is not part of the text, has no heat and cannot be selected. */
  readonly special: boolean;
  /** Whether it is in a block of thinking. */
  readonly thinking: boolean;
}

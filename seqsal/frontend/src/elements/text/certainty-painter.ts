import { CERTAINTIES, certaintyOf } from '../../core/scores/certainty.js';
import type { Certainty, Logprobs } from '../../core/scores/certainty.js';
import type { Segment } from '../../core/text/segment.js';
import type { TokenizedText } from '../../core/text/tokens.js';

/** What is painted: the tokens and their log-probabilities. If anything is missing, nothing is painted. */
export interface CertaintyPaint {
  readonly segments: readonly Segment[];
  readonly certainty: boolean | null;
  readonly tokens: TokenizedText | null;
  readonly logprobs: Logprobs | null;
}

/**
 * Underlines each token of the answer by its certainty. It uses CSS highlights, which neither divide a segment's span nor change
 * its heat. A browser without them shows the numbers only in the readout.
 */
export class CertaintyPainter {
  readonly #ranges = new Map<Range, { readonly certainty: Certainty; readonly token: number }>();
  readonly #spanAt: (index: number) => HTMLElement | undefined;

  /** `spanAt` returns the span of a segment. */
  constructor(spanAt: (index: number) => HTMLElement | undefined) {
    this.#spanAt = spanAt;
  }

  paint({ segments, certainty, tokens, logprobs }: CertaintyPaint): void {
    this.clear();
    if (!certainty || !tokens || !logprobs || !('highlights' in CSS)) return;
    for (const [i, segment] of segments.entries()) {
      const text = segment.region === 'target' && !segment.special ? this.#spanAt(i)?.firstChild : null;
      if (text instanceof Text) this.#underline(text, segment, tokens, logprobs);
    }
  }

  clear(): void {
    for (const [range, { certainty }] of this.#ranges) highlightOf(certainty).delete(range);
    this.#ranges.clear();
  }

  /** The rectangle of each underline on the page. */
  *lines(): Generator<{ readonly certainty: Certainty; readonly rect: DOMRect }> {
    for (const [range, { certainty }] of this.#ranges) {
      for (const rect of range.getClientRects()) yield { certainty, rect };
    }
  }

  /** The underlined token at a point of the window, or null. */
  tokenAt(x: number, y: number): number | null {
    for (const [range, { token }] of this.#ranges) {
      for (const { left, right, top, bottom } of range.getClientRects()) {
        if (left <= x && x <= right && top <= y && y <= bottom) return token;
      }
    }
    return null;
  }

  /** Where an underlined token is in the window, or null. */
  rectOf(token: number): DOMRect | null {
    for (const [range, painted] of this.#ranges) if (painted.token === token) return range.getBoundingClientRect();
    return null;
  }

  #underline(text: Text, segment: Segment, tokens: TokenizedText, logprobs: Logprobs): void {
    const first = segment.chars.start + segment.text.indexOf(text.data);
    for (let i = segment.tokens.start; i < segment.tokens.end; i++) {
      const [span, logprob] = [tokens.offsets[i], logprobs[i]];
      if (!span || typeof logprob !== 'number') continue;
      const start = Math.max(0, span.start - first);
      const end = Math.min(text.length, span.end - first);
      if (start < end) this.#add(text, start, end, i, certaintyOf(logprob));
    }
  }

  #add(text: Text, start: number, end: number, token: number, certainty: Certainty): void {
    const range = document.createRange();
    // White space before a word belongs to its token, but a line under it looks wrong.
    range.setStart(text, start + (/^\s*(?=\S)/.exec(text.data.slice(start, end))?.[0].length ?? 0));
    range.setEnd(text, end);
    this.#ranges.set(range, { certainty, token });
    highlightOf(certainty).add(range);
  }
}

/** The page's highlight of a name, which all views share. */
function highlightOf(certainty: Certainty): Highlight {
  const name = `seqsal-${certainty}`;
  const known = CSS.highlights.get(name) ?? new Highlight();
  CSS.highlights.set(name, known);
  return known;
}

/** The line style of each, distinct without colours too. */
export const LINES: Record<Certainty, { readonly style: string; readonly width: number }> = {
  sure: { style: 'solid', width: 2 },
  likely: { style: 'dotted', width: 2 },
  unsure: { style: 'dashed', width: 2 },
  surprised: { style: 'wavy', width: 1.5 },
};

export const CERTAINTY_RULES = CERTAINTIES.map((name) => {
  const { style, width } = LINES[name];
  const line = `underline ${style} ${String(width)}px var(--seqsal-${name})`;
  return `::highlight(seqsal-${name}){text-decoration:${line}}.sample.${name}{text-decoration:${line}}`;
}).join('');

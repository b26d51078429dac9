import type { PropertyValues } from 'lit';
import type { Change } from '../../core/text/changes.js';
import { CertaintyPainter } from './certainty-painter.js';
import type { CertaintyPaint } from './certainty-painter.js';
import { ChangesPainter } from './changes-painter.js';

/** What is highlighted in a text. */
export interface Highlighted extends CertaintyPaint {
  readonly changes: readonly Change[];
}

/** Everything that is marked in the text besides heat: the certainty of tokens, and changes. */
export class TextHighlights {
  readonly certainty: CertaintyPainter;
  readonly #changes: ChangesPainter;

  /** `spanAt` returns the span of a segment. */
  constructor(spanAt: (index: number) => HTMLElement | undefined) {
    this.certainty = new CertaintyPainter(spanAt);
    this.#changes = new ChangesPainter(spanAt);
  }

  paint(text: Highlighted): void {
    this.certainty.paint(text);
    this.#changes.paint(text.segments, text.changes);
  }

  /** Paints what has changed; all of it if there are other spans. */
  update(text: Highlighted, changed: PropertyValues<Highlighted>, rebuilt: boolean): void {
    if (rebuilt || changed.has('logprobs') || changed.has('certainty')) this.certainty.paint(text);
    if (rebuilt || changed.has('changes')) this.#changes.paint(text.segments, text.changes);
  }

  clear(): void {
    this.certainty.clear();
    this.#changes.clear();
  }
}

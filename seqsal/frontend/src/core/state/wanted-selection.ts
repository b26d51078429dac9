import type { Versus } from '../scores/contrast.js';
import type { Segmentation } from '../text/boundaries.js';
import type { Way } from '../text/carry.js';
import type { TokenSet } from '../text/token-set.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Example } from './host.js';
import { memo } from './memo.js';
import { fingerprintOf, placeOf, selectionAt, sequenceAt } from './place.js';
import type { Place } from './place.js';
import { carry, questionOf } from './question.js';
import type { Question } from './question.js';
import { defaultSequence } from './sequences.js';
import type { Sequence } from './sequences.js';
import type { Source, ViewState } from './view-state.js';

/** A selection to make. */
interface Wanted {
  readonly selection: TokenSet | null;
  readonly versus: Versus | null;
  /** How the selection of a question was found; null for that of a place. */
  readonly carriedBy: Way | null;
}

/**
 * The sequence and the selection that wait for the answer and its tokens: those of a place, which count in the same text only, or else
 * those of a question, which is asked about a changed text too.
 */
export class WantedSelection {
  place: Place | null = null;
  question: Question | null = null;
  readonly #fingerprint = memo(fingerprintOf);

  /** Without arguments, nothing is wanted. */
  set(place: Place | null = null, question: Question | null = null): void {
    [this.place, this.question] = [place, question];
  }

  /** The place that is wanted, or else the one on the screen. */
  placeIn(
    example: Example | null,
    sequences: readonly Sequence[],
    sequence: Sequence | null,
    asked: Pick<ViewState, 'selection' | 'versus'>,
  ): Place | null {
    return this.place ?? placeOf(example, sequences, sequence, asked, this.#fingerprint);
  }

  /** The question about the text on the screen, or else the one that is wanted. */
  questionIn(
    tokens: TokenizedText | null,
    sequence: Sequence | null,
    selection: TokenSet | null,
    versus: Versus | null,
  ): Question | null {
    if (tokens === null || sequence === null || selection === null) return this.question;
    return questionOf(tokens, sequence.source, selection, versus);
  }

  /** The sequence to show at first; null while the wanted one may still be written. */
  sequence(sequences: readonly Sequence[], preferred: Source | null, writing: boolean): Sequence | null {
    const placed = this.place && sequenceAt(this.place, sequences);
    if (placed === null && this.place?.source === 'response' && writing) return null;
    return placed ?? defaultSequence(sequences, this.question?.source ?? preferred, writing);
  }

  /** The selection in a tokenized text; null if none is wanted, or if nothing of it is there. */
  take(prompt: string, target: string, tokens: TokenizedText, segmentation: Segmentation): Wanted | null {
    const { place, question } = this;
    const selection = place && selectionAt(place, prompt, target, tokens.tokens.length);
    if (place !== null && (selection !== null || question === null)) {
      return { selection, versus: selection && (place.versus ?? null), carriedBy: null };
    }
    this.question = null;
    const carried = question && carry(question, tokens, segmentation);
    if (carried === null) return null;
    return { selection: carried.selection, versus: carried.versus, carriedBy: carried.way };
  }
}

import type { Candidate, Example } from './host.js';
import type { Source } from './view-state.js';

/** A sequence that can be explained. */
export interface Sequence {
  readonly source: Source;
  readonly text: string;
  readonly score: number | null;
  /** Short and unique in its list: "Response", "Response 2", "Target". */
  readonly label: string;
}

/** The model's responses, best first, then the dataset's target if it has text. */
export function listSequences(example: Example, candidates: readonly Candidate[]): Sequence[] {
  const responses = candidates.map(({ text, score }, i) => {
    const label = candidates.length > 1 ? `Response ${String(i + 1)}` : 'Response';
    return { source: 'response', text, score, label } as const;
  });
  if (example.target === '') return responses;
  return [...responses, { source: 'dataset', text: example.target, score: null, label: 'Target' }];
}

/** The part of a sequence before a character, as a sequence of its own. */
export function cutAt(sequence: Sequence, end: number): Sequence {
  const label = sequence.label.endsWith(CUT) ? sequence.label : `${sequence.label}${CUT}`;
  return { ...sequence, text: sequence.text.slice(0, end), score: null, label };
}

const CUT = ', cut';

/**
 * The sequence to show before the user has chosen one for this example: the model's first response, or one of the source that
 * the user chose last. While the model is `writing`, null means to wait for its response.
 */
export function defaultSequence(
  sequences: readonly Sequence[],
  preferred: Source | null,
  writing: boolean,
): Sequence | null {
  const preferredOne = sequences.find(({ source }) => source === (preferred ?? 'response'));
  return preferredOne ?? (writing ? null : (sequences[0] ?? null));
}

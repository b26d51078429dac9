/** What a selection is explained against: another token in its place, or another text. */
export interface Versus {
  readonly text: string;
  /** The id of the token in the vocabulary; null for a text. */
  readonly token: number | null;
}

/** The natural logarithms of the probabilities of the selection and of what it is explained against. */
export type ContrastLogprobs = readonly [selection: number, other: number];

/** A token that the model could have written instead. */
export interface Alternative {
  readonly id: number;
  readonly text: string;
  /** The natural logarithm of its probability. */
  readonly logprob: number;
}

import type { Tell } from '../core/host.js';
import type { LitInput } from './lit-types.js';

export type Prediction = Readonly<Record<string, unknown>>;

/** What is asked of a model, by the parts that LIT knows it by. */
export type Kind = 'generation' | 'tokens' | 'salience' | 'logprobs';

export interface Question {
  readonly kind: Kind;
  readonly input: LitInput;
  /** Selections of the input, each of which is predicted for; missing for the input as it is. */
  readonly targetMasks?: readonly (readonly number[])[];
  /** The fields of a prediction that are wanted. */
  readonly fields: readonly string[];
  readonly signal: AbortSignal;
  readonly tell?: Tell | undefined;
  /** Called with each prediction as soon as it is there, where the server sends them one by one. */
  readonly take?: ((index: number, prediction: Prediction) => void) | undefined;
  /** Nobody waits for it yet. */
  readonly ahead?: boolean;
}

/** A way to ask a server; one prediction for each selection, in their order. */
export type Predict = (question: Question) => Promise<readonly Prediction[]>;

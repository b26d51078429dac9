import type { Logprobs } from '../scores/certainty.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import type { Caveats } from './caveats.js';

/** A generated response, with its score if the model gives one. */
export interface Candidate {
  readonly text: string;
  readonly score: number | null;
}

export interface Tokens {
  readonly tokens: readonly string[];
  /** True for special and template tokens. Shorter or empty if the model does not say. */
  readonly special: readonly boolean[];
  /** The id of each token in the model's vocabulary. Missing if the model does not say. */
  readonly ids?: readonly number[] | undefined;
}

export interface TokenizeInput {
  readonly prompt: string;
  readonly target: string;
}

export interface SalienceInput extends TokenizeInput {
  /** 1 for each token that is explained, 0 for each other; as long as the tokens. */
  readonly targetMask: readonly number[];
  /** The names of the requested methods. A host may return others too. */
  readonly methods: readonly string[];
}

/** Several selections of one text. */
export interface ManySalienceInput extends TokenizeInput {
  readonly targetMasks: readonly SalienceInput['targetMask'][];
  readonly methods: SalienceInput['methods'];
}

/** The progress of a request. */
export type Progress =
  /** Its position in the queue, counted from 1; 0 when its turn has come. */
  | { readonly stage: 'queued'; readonly position: number }
  | { readonly stage: 'forward' }
  | { readonly stage: 'selection'; readonly number: number; readonly of: number }
  /** All of the text so far. */
  | { readonly stage: 'writing'; readonly text: string };

export type ReportProgress = (progress: Progress) => void;

/** Called with the scores of one of several selections. */
export type OnScores = (index: number, scores: Scores) => void;

/**
 * The source of answers and scores for one model and one example. Python's counterpart is called `Explainer`.
 *
 * If a promise is rejected with an Error, the view shows its message as the reason. An aborted signal cancels the request. A
 * host that knows the progress of a request reports it.
 */
export interface Host {
  /** The methods that `salience` accepts, in the order in which they are offered. */
  readonly methods: readonly MethodDescription[];
  /** True if repeating a failed request cannot help, as for a saved result. */
  readonly final?: boolean;
  /** Known limits of its scores and tokens. Missing if all are exact. */
  readonly caveats?: Caveats;
  /** For a demonstration model: how to load a real one. Missing for all others. */
  readonly demonstration?: string;
  generate(prompt: string, signal: AbortSignal, report?: ReportProgress): Promise<readonly Candidate[]>;
  tokenize(input: TokenizeInput, signal: AbortSignal, report?: ReportProgress): Promise<Tokens>;
  salience(input: SalienceInput, signal: AbortSignal, report?: ReportProgress): Promise<Scores>;
  /** One result for each mask, in order. Missing if several selections at once are no faster than one by one. */
  salienceOfMany?(input: ManySalienceInput, signal: AbortSignal): Promise<readonly Scores[]>;
  /** The same with low priority, one result at a time. Missing if the results arrive together. */
  salienceAhead?(input: ManySalienceInput, signal: AbortSignal, onScores: OnScores): Promise<void>;
  /** Missing if the model has no log-probabilities. */
  logprobs?(input: TokenizeInput, signal: AbortSignal, report?: ReportProgress): Promise<Logprobs>;
}

/** A prompt to explain, perhaps with a target from the dataset. */
export interface Example {
  /** Identifies the example and the model: results of one key are never shown for another. */
  readonly key: string;
  readonly prompt: string;
  readonly target: string;
}

import type { Logprobs } from '../scores/certainty.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import type { Caveats } from './caveats.js';

/** A sequence that the model wrote, with its score where the model gives one. */
export interface Candidate {
  readonly text: string;
  readonly score: number | null;
}

export interface Tokens {
  readonly tokens: readonly string[];
  /** True for special and template tokens. Shorter or empty where the model does not say. */
  readonly special: readonly boolean[];
  /** The number of each token in the model's vocabulary. Missing where the model does not say. */
  readonly ids?: readonly number[] | undefined;
}

export interface TokenizeInput {
  readonly prompt: string;
  readonly target: string;
}

export interface SalienceInput extends TokenizeInput {
  /** 1 for each token that is explained, 0 for each other; as long as the tokens. */
  readonly targetMask: readonly number[];
  /** The names of the methods that are requested. Others may come along. */
  readonly methods: readonly string[];
}

/** Several selections of one text. */
export interface ManySalienceInput extends TokenizeInput {
  readonly targetMasks: readonly SalienceInput['targetMask'][];
  readonly methods: SalienceInput['methods'];
}

/** How far an answer is. */
export type Report =
  /** How many come before it, and itself; 0 once it is its turn. */
  | { readonly stage: 'queued'; readonly place: number }
  | { readonly stage: 'forward' }
  | { readonly stage: 'selection'; readonly number: number; readonly of: number }
  /** All that has been written so far. */
  | { readonly stage: 'writing'; readonly text: string };

export type Tell = (report: Report) => void;

/** Takes the scores of one of several selections. */
export type TakeScores = (index: number, scores: Scores) => void;

/**
 * What a page must offer to be explained: one model, asked about one example.
 *
 * A promise that is rejected with an Error shows the Error's message as the reason. An aborted signal means that nobody
 * waits for the answer any more. A host that knows how far an answer is tells it.
 */
export interface Host {
  /** The methods that `salience` can be asked for, in the order in which they are offered. */
  readonly methods: readonly MethodDescription[];
  /** True where asking again is of no use, as for a saved result. */
  readonly final?: boolean;
  /** What is to be said of its scores and tokens. Missing where all is exact. */
  readonly caveats?: Caveats;
  /** How a real model is loaded, where this one only serves to try things out. Missing for all others. */
  readonly demonstration?: string;
  generate(prompt: string, signal: AbortSignal, tell?: Tell): Promise<readonly Candidate[]>;
  tokenize(input: TokenizeInput, signal: AbortSignal, tell?: Tell): Promise<Tokens>;
  salience(input: SalienceInput, signal: AbortSignal, tell?: Tell): Promise<Scores>;
  /** One result per mask, in their order. Missing where many selections at once cost as much as one after the other. */
  salienceOfMany?(input: ManySalienceInput, signal: AbortSignal): Promise<readonly Scores[]>;
  /** The same, one result after the other, and after all else that is asked for. Missing where they come all at once. */
  salienceAhead?(input: ManySalienceInput, signal: AbortSignal, take: TakeScores): Promise<void>;
  /** Missing where the model does not tell how sure it was. */
  logprobs?(input: TokenizeInput, signal: AbortSignal, tell?: Tell): Promise<Logprobs>;
}

/** What is explained: a prompt, perhaps with a target that came with it. */
export interface Example {
  /** Tells examples and models apart: results of one key never show under another. */
  readonly key: string;
  readonly prompt: string;
  readonly target: string;
}

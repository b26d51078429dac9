import type { ScoredSelection, Totals } from '../scores/cache.js';
import type { Logprobs } from '../scores/certainty.js';
import type { Alternative, ContrastLogprobs, Versus } from '../scores/contrast.js';
import { nameOf } from '../scores/methods.js';
import type { MethodDescription, Scores } from '../scores/methods.js';
import type { MessageSpan } from '../text/message.js';
import type { ThinkingMarks } from '../text/thinking.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';
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
  /** The messages of a prompt that the model read in its chat template. Missing or empty for a plain prompt. */
  readonly messages?: readonly MessageSpan[] | undefined;
  /** The blocks of thinking in the target. Missing or empty if there are none. */
  readonly thinking?: readonly Span[] | undefined;
  /** The characters of the messages' joined contents that the chat template leaves out. */
  readonly omitted?: readonly Span[] | undefined;
}

/** Which prompts a model renders in its chat template: those in message form, or plain prompts too. */
export type ChatTemplateUse = 'messages' | 'all';

export interface TokenizeInput {
  readonly prompt: string;
  readonly target: string;
}

export interface SalienceInput extends TokenizeInput {
  /** 1 for each token that is explained, 0 for each other; as long as the tokens. */
  readonly targetMask: readonly number[];
  /** The names of the requested methods. A host may return others too. */
  readonly methods: readonly string[];
  /** The segments to score, for methods that score segments. */
  readonly segments?: readonly Span[];
  /** Whether what falls on the thinking before the selection is passed on. */
  readonly through?: boolean;
}

/** A selection that is explained against something else in its place. */
export interface ContrastInput extends SalienceInput {
  readonly versus: Versus;
}

export interface ContrastScores {
  readonly scores: Scores;
  readonly logprobs: ContrastLogprobs;
  /** How many tokens both texts begin with: segments that end after them have no score. Missing if the host does not say. */
  readonly shared?: number | undefined;
}

/** Removals whose effect on a selection is requested. */
export interface RemovalInput extends TokenizeInput {
  readonly targetMask: SalienceInput['targetMask'];
  readonly removals: readonly TokenSet[];
  /** All segments of the check that the removals belong to. */
  readonly segments: readonly Span[];
  readonly versus: Versus | null;
  /** Whether the map that is checked passes on what falls on the thinking. The effects are the same. */
  readonly through: boolean;
}

/** A token of the target whose alternatives are requested. */
export interface AlternativesInput extends TokenizeInput {
  readonly position: number;
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
  /** How many removals are done. */
  | { readonly stage: 'removal'; readonly done: number; readonly of: number }
  /** All of the text so far, and the mark of the block of thinking that the prompt opened, if it did. */
  | { readonly stage: 'writing'; readonly text: string; readonly opened?: string };

export type ReportProgress = (progress: Progress) => void;

/** Called with the scores of one of several selections. */
export type OnScores = (index: number, scores: Scores) => void;

/** Called with the effect of one of several removals, in nats. */
export type OnEffect = (index: number, effect: number) => void;

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
  /** Missing if the model has no chat template. */
  readonly chatTemplate?: ChatTemplateUse;
  /** Whether `generate` takes a text that ends the answer before it. */
  readonly stops?: boolean;
  /** The marks of the model's thinking. Missing if it has none. */
  readonly thinkingMarks?: readonly ThinkingMarks[];
  /** Whether it can pass on what falls on the thinking. */
  readonly passesOn?: boolean;
  /** `stop` is the text that ends the answer; '' for the server's own setting. */
  generate(prompt: string, signal: AbortSignal, report?: ReportProgress, stop?: string): Promise<readonly Candidate[]>;
  tokenize(input: TokenizeInput, signal: AbortSignal, report?: ReportProgress): Promise<Tokens>;
  salience(input: SalienceInput, signal: AbortSignal, report?: ReportProgress): Promise<Scores>;
  /** One result for each mask, in order. Missing if several selections at once are no faster than one by one. */
  salienceOfMany?(input: ManySalienceInput, signal: AbortSignal): Promise<readonly Scores[]>;
  /** The same with low priority, one result at a time. Missing if the results arrive together. */
  salienceAhead?(input: ManySalienceInput, signal: AbortSignal, onScores: OnScores): Promise<void>;
  /** Missing if the model has no log-probabilities. */
  logprobs?(input: TokenizeInput, signal: AbortSignal, report?: ReportProgress): Promise<Logprobs>;
  /** Scores a contrast by the requested methods. Missing if the model has none. */
  contrast?(input: ContrastInput, signal: AbortSignal, report?: ReportProgress): Promise<ContrastScores>;
  /** By method, what the scores of all tokens should add up to, in nats. Missing if that is unknown. */
  totals?(input: SalienceInput, signal: AbortSignal): Promise<Totals>;
  /** The effects of removals, one at a time and in order. Missing if nothing can be removed. */
  removalEffects?(input: RemovalInput, signal: AbortSignal, onEffect: OnEffect, report?: ReportProgress): Promise<void>;
  /** The likeliest tokens at a position, likeliest first. Missing if the model does not give them. */
  alternatives?(input: AlternativesInput, signal: AbortSignal): Promise<readonly Alternative[]>;
  /** Rejects with the reason if the model cannot take a prompt. Missing if that is unknown until it runs. */
  checkPrompt?(prompt: string, signal: AbortSignal): Promise<void>;
  /** Adds a prompt as a new example and shows it next to this one. Missing if there is no place for it. */
  addAndCompare?(prompt: string): Promise<void>;
  /** Adds a prompt as a new example and shows it in place of this one. Missing if there is no place for it. */
  add?(prompt: string): Promise<void>;
  /** What is known of a text without a request. */
  stored?(text: TokenizeInput): readonly ScoredSelection[];
}

/** What a host can do besides scoring. */
export interface Offers {
  readonly check: boolean;
  readonly contrast: boolean;
  readonly alternatives: boolean;
  /** Whether a changed prompt can be shown next to this one. */
  readonly comparison: boolean;
  /** Whether a prompt can be shown in place of this one. */
  readonly replacement: boolean;
  /** Whether an answer can be ended at a text. */
  readonly stop: boolean;
  /** Whether what falls on the thinking can be passed on. */
  readonly passOn: boolean;
}

export function methodNames(host: Host | null): string[] {
  return host?.methods.map(nameOf) ?? [];
}

export function offersOf(host: Host | null): Offers {
  return {
    check: host?.removalEffects !== undefined,
    contrast: host?.contrast !== undefined && host.final !== true,
    alternatives: host?.alternatives !== undefined,
    comparison: host?.addAndCompare !== undefined,
    replacement: host?.add !== undefined,
    stop: host?.stops === true && host.final !== true,
    passOn: host?.passesOn === true,
  };
}

/** A prompt to explain, perhaps with a target from the dataset. */
export interface Example {
  /** Identifies the example and the model: results of one key are never shown for another. */
  readonly key: string;
  readonly prompt: string;
  readonly target: string;
}

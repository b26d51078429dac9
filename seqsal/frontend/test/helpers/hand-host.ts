import type { Totals } from '../../src/core/scores/cache.js';
import type { Logprobs } from '../../src/core/scores/certainty.js';
import { describeMethods } from '../../src/core/scores/methods.js';
import type { MethodDescription, Scores } from '../../src/core/scores/methods.js';
import type { FindStarts } from '../../src/core/state/segmenter.js';
import type { Alternative } from '../../src/core/scores/contrast.js';
import type {
  AlternativesInput,
  Candidate,
  ContrastInput,
  ContrastScores,
  Host,
  ManySalienceInput,
  OnEffect,
  RemovalInput,
  SalienceInput,
  ReportProgress,
  TokenizeInput,
  Tokens,
} from '../../src/core/state/host.js';
import { parseMessages } from '../../src/core/text/messages.js';
import type { MessageSpan } from '../../src/core/text/message.js';
import type { TokenSet } from '../../src/core/text/token-set.js';
import type { Span } from '../../src/core/text/span.js';
import { patternStarts } from '../../src/core/text/pattern.js';

/** A request that is pending until the test answers it. */
export interface PendingCall<I, O> {
  readonly input: I;
  readonly signal: AbortSignal;
  readonly resolve: (output: O) => void;
  readonly reject: (reason: unknown) => void;
}

/** A host whose answers the test gives by hand, so that it can examine each state. */
export class HandHost implements Host {
  readonly methods: readonly MethodDescription[];
  readonly generations: PendingCall<string, readonly Candidate[]>[] = [];
  stops = false;
  /** The stop texts of the generations. */
  readonly stopTexts: string[] = [];
  /** Reports progress of the newest generation. */
  report: ReportProgress = () => undefined;
  readonly tokenizations: PendingCall<TokenizeInput, Tokens>[] = [];
  readonly saliences: PendingCall<SalienceInput, Scores>[] = [];

  constructor(methods: readonly (string | MethodDescription)[] = ['grad_l2', 'grad_dot_input']) {
    this.methods = methods.flatMap((each) => (typeof each === 'string' ? describeMethods([each]) : [each]));
  }

  generate(
    prompt: string,
    signal: AbortSignal,
    report: ReportProgress = () => undefined,
    stop = '',
  ): Promise<readonly Candidate[]> {
    this.report = report;
    this.stopTexts.push(stop);
    return call(this.generations, prompt, signal);
  }

  tokenize(input: TokenizeInput, signal: AbortSignal): Promise<Tokens> {
    return call(this.tokenizations, input, signal);
  }

  salience(input: SalienceInput, signal: AbortSignal): Promise<Scores> {
    return call(this.saliences, input, signal);
  }
}

/** A host that scores several selections in one request, so that there is a prefetch. */
export class PrefetchHost extends HandHost {
  readonly prefetches: PendingCall<ManySalienceInput, readonly Scores[]>[] = [];

  salienceOfMany(input: ManySalienceInput, signal: AbortSignal): Promise<readonly Scores[]> {
    return call(this.prefetches, input, signal);
  }
}

/** A host with log-probabilities. */
export class SureHost extends HandHost {
  readonly sureties: PendingCall<TokenizeInput, Logprobs>[] = [];

  logprobs(input: TokenizeInput, signal: AbortSignal): Promise<Logprobs> {
    return call(this.sureties, input, signal);
  }
}

/** A host that can remove segments, explain contrasts, list alternatives and show another prompt next to this one. */
export class CheckHost extends SureHost {
  readonly checks: PendingCall<RemovalInput, void>[] = [];
  readonly contrasts: PendingCall<ContrastInput, ContrastScores>[] = [];
  readonly alternativeCalls: PendingCall<AlternativesInput, readonly Alternative[]>[] = [];
  readonly added: string[] = [];
  /** Reports an effect of the newest check. */
  effect: OnEffect = () => undefined;

  removalEffects(input: RemovalInput, signal: AbortSignal, onEffect: OnEffect): Promise<void> {
    this.effect = onEffect;
    return call(this.checks, input, signal);
  }

  contrast(input: ContrastInput, signal: AbortSignal): Promise<ContrastScores> {
    return call(this.contrasts, input, signal);
  }

  alternatives(input: AlternativesInput, signal: AbortSignal): Promise<readonly Alternative[]> {
    return call(this.alternativeCalls, input, signal);
  }

  addAndCompare(prompt: string): Promise<void> {
    this.added.push(prompt);
    return Promise.resolve();
  }

  /** Answers the newest check: the effect of each removal. */
  async answerCheck(effectOf: (removed: TokenSet) => number): Promise<void> {
    const asked = newest(this.checks);
    for (const [i, removed] of asked.input.removals.entries()) this.effect(i, effectOf(removed));
    asked.resolve();
    await settled();
  }
}

/** A host that knows what the scores of its methods add up to. */
export class TotalsHost extends SureHost {
  readonly asked: PendingCall<SalienceInput, Totals>[] = [];

  totals(input: SalienceInput, signal: AbortSignal): Promise<Totals> {
    return call(this.asked, input, signal);
  }
}

/** A host of a model with a chat template, where a prompt can be added. */
export class ChatHost extends HandHost {
  readonly chatTemplate = 'messages';
  readonly added: string[] = [];

  add(prompt: string): Promise<void> {
    this.added.push(prompt);
    return Promise.resolve();
  }
}

/** A host of a demonstration model. */
export class DemonstrationHost extends HandHost {
  readonly demonstration = 'load NAME:PATH';
}

/** Runs patterns that are known to be harmless. */
export const findStarts: FindStarts = (text, regex, role) => Promise.resolve(patternStarts(text, regex, role));

function call<I, O>(calls: PendingCall<I, O>[], input: I, signal: AbortSignal): Promise<O> {
  return new Promise((resolve, reject) => {
    calls.push({ input, signal, resolve, reject });
  });
}

/** Waits until all answers have been processed. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

/** The newest request of a list. */
export function newest<I, O>(calls: readonly PendingCall<I, O>[]): PendingCall<I, O> {
  const last = calls.at(-1);
  if (last === undefined) throw new Error('There is no request.');
  return last;
}

/** Tokens of one word each of a prompt in message form, in a template like ChatML. */
export function chatTokens({ prompt, target }: TokenizeInput): Tokens {
  const [tokens, special, messages]: [string[], boolean[], MessageSpan[]] = [[], [], []];
  const add = (given: readonly string[], mark: boolean): void => {
    tokens.push(...given);
    special.push(...given.map(() => mark));
  };
  for (const { role, content } of parseMessages(prompt) ?? []) {
    add(['<start>', role, '\n'], true);
    const start = tokens.length;
    add(content.match(/\s*\S+/g) ?? [], false);
    messages.push({ role, tokens: { start, end: tokens.length } });
    add(['<end>', '\n'], true);
  }
  add(['<start>', 'assistant', '\n'], true);
  add(target.match(/\s*\S+/g) ?? [], false);
  return { tokens, special, messages };
}

/** A host that passes on what falls on the thinking, which is between marks that are tokens, in a prompt with messages. */
export class ThinkingHost extends CheckHost {
  readonly passesOn = true;
  readonly thinkingMarks = [{ open: '<think>', close: '</think>' }];
  readonly chatTemplate = 'messages';
}

/** The tokens of `chatTokens`, with the blocks of thinking between `<think>` and `</think>`, each a word. */
export function thinkingTokens(input: TokenizeInput): Tokens {
  const given = parseMessages(input.prompt) === null ? wordTokens(input) : chatTokens(input);
  const thinking: Span[] = [];
  let start = -1;
  for (const [i, token] of given.tokens.entries()) {
    if (token.trim() === '<think>') start = i;
    if (token.trim() === '</think>') thinking.push({ start, end: i + 1 });
  }
  return { ...given, thinking };
}

/** Tokens of one word each, after one special token. */
export function wordTokens({ prompt, target }: TokenizeInput): Tokens {
  const tokens = ['<s>', ...((prompt + target).match(/\s*\S+/g) ?? [])];
  return { tokens, special: [true] };
}

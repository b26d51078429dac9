import type { Logprobs } from '../../src/core/scores/certainty.js';
import { describeMethods } from '../../src/core/scores/methods.js';
import type { MethodDescription, Scores } from '../../src/core/scores/methods.js';
import type { FindStarts } from '../../src/core/state/cutting.js';
import type {
  Candidate,
  Host,
  ManySalienceInput,
  SalienceInput,
  Tell,
  TokenizeInput,
  Tokens,
} from '../../src/core/state/host.js';
import { patternStarts } from '../../src/core/text/pattern.js';

/** One request that waits until the test answers it. */
export interface Asked<I, O> {
  readonly input: I;
  readonly signal: AbortSignal;
  readonly resolve: (output: O) => void;
  readonly reject: (reason: unknown) => void;
}

/** A host whose every answer is given by hand, so that each state between can be looked at. */
export class HandHost implements Host {
  readonly methods: readonly MethodDescription[];
  readonly generations: Asked<string, readonly Candidate[]>[] = [];
  /** Tells how far the newest answer is. */
  tell: Tell = () => undefined;
  readonly tokenizations: Asked<TokenizeInput, Tokens>[] = [];
  readonly saliences: Asked<SalienceInput, Scores>[] = [];

  constructor(methods: readonly (string | MethodDescription)[] = ['grad_l2', 'grad_dot_input']) {
    this.methods = methods.flatMap((each) => (typeof each === 'string' ? describeMethods([each]) : [each]));
  }

  generate(prompt: string, signal: AbortSignal, tell: Tell = () => undefined): Promise<readonly Candidate[]> {
    this.tell = tell;
    return ask(this.generations, prompt, signal);
  }

  tokenize(input: TokenizeInput, signal: AbortSignal): Promise<Tokens> {
    return ask(this.tokenizations, input, signal);
  }

  salience(input: SalienceInput, signal: AbortSignal): Promise<Scores> {
    return ask(this.saliences, input, signal);
  }
}

/** One that can score several selections in one request, so that they are asked for ahead. */
export class AheadHost extends HandHost {
  readonly aheads: Asked<ManySalienceInput, readonly Scores[]>[] = [];

  salienceOfMany(input: ManySalienceInput, signal: AbortSignal): Promise<readonly Scores[]> {
    return ask(this.aheads, input, signal);
  }
}

/** One that tells how sure it was of the target's tokens. */
export class SureHost extends HandHost {
  readonly sureties: Asked<TokenizeInput, Logprobs>[] = [];

  logprobs(input: TokenizeInput, signal: AbortSignal): Promise<Logprobs> {
    return ask(this.sureties, input, signal);
  }
}

/** One whose model only serves to try things out. */
export class DemonstrationHost extends HandHost {
  readonly demonstration = 'load NAME:PATH';
}

/** Where patterns that are known to be harmless open segments. */
export const findStarts: FindStarts = (text, regex, role) => Promise.resolve(patternStarts(text, regex, role));

function ask<I, O>(asked: Asked<I, O>[], input: I, signal: AbortSignal): Promise<O> {
  return new Promise((resolve, reject) => {
    asked.push({ input, signal, resolve, reject });
  });
}

/** Lets everything that has been answered arrive. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

/** The newest request of a list. */
export function newest<I, O>(asked: readonly Asked<I, O>[]): Asked<I, O> {
  const last = asked.at(-1);
  if (last === undefined) throw new Error('Nothing has been asked for.');
  return last;
}

/** Tokens of one word each, after one special token. */
export function wordTokens({ prompt, target }: TokenizeInput): Tokens {
  const tokens = ['<s>', ...((prompt + target).match(/\s*\S+/g) ?? [])];
  return { tokens, special: [true] };
}

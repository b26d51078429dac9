import { BUILT_IN, describeMethods, nameOf, readMethod } from '../../core/scores/methods.js';
import type { MethodDescription, Scores } from '../../core/scores/methods.js';
import type { Caveats } from '../../core/state/caveats.js';
import type { LitModelInfo, LitSpec } from './types.js';

/** The field of a salience model's output spec whose categories describe its methods; no prediction has it. */
const DESCRIPTIONS = 'methods';
/** The field of its input spec that says which methods to compute. */
const REQUESTED = 'methods';
/** The family of fields without a description: one prediction has all of them. */
const UNDESCRIBED = 'prediction';

/** The methods of a salience model: those that it describes, in its order, then its other fields of scores. */
export function methodsOf({ output }: { readonly output: LitSpec }): MethodDescription[] {
  const read = (output[DESCRIPTIONS]?.vocab ?? []).map(parseMethod).filter((method) => method !== null);
  const described = read.filter((method, i) => read.findIndex(({ name }) => name === method.name) === i);
  const names = described.map(nameOf);
  const others = Object.keys(output).filter((name) => output[name]?.name === 'TokenScores' && !names.includes(name));
  return [...described, ...describeMethods(builtInFirst(others)).map((each) => ({ ...each, family: UNDESCRIBED }))];
}

function parseMethod(text: string): MethodDescription | null {
  try {
    return readMethod(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The built-in methods first and in one order, whatever the order of a server's fields. */
function builtInFirst(names: readonly string[]): string[] {
  const known = BUILT_IN.map(nameOf);
  return [...known.filter((name) => names.includes(name)), ...names.filter((name) => !known.includes(name))];
}

/** Whether a salience model computes only the methods that its input names. */
export function takesMethods(model: LitModelInfo | undefined): boolean {
  return model !== undefined && REQUESTED in model.spec.input;
}

/** What a salience model differentiates. Where the loss falls, the log-probability rises. */
type GradientOf = 'log_probability' | 'loss' | 'unknown';

/** The field of a salience model's output spec whose only category says it. */
const GRADIENT_OF = 'gradient_of';

/** How the docstrings of LIT's own wrappers begin (lit-nlp 1.3.1). They differentiate the loss, and do not say so. */
const LIT_WRAPPERS = [
  'Wrapper for a HF Transformer model that computes input (token) salience.',
  'LIT model wrapper for computing salience with Keras on TensorFlow.',
];

export const SIGNS: Record<GradientOf, Caveats['sign']> = {
  log_probability: 'known',
  loss: 'reversed',
  unknown: 'unknown',
};

/** What a salience model says that it differentiates, or what is known of LIT's own. */
export function gradientOfScores(model: LitModelInfo | undefined): GradientOf {
  const stated = model?.spec.output[GRADIENT_OF]?.vocab?.[0];
  if (stated === 'log_probability' || stated === 'loss') return stated;
  return LIT_WRAPPERS.some((line) => model?.description?.startsWith(line)) ? 'loss' : 'unknown';
}

/** Scores of the loss as scores of the log-probability: those with a sign have the opposite one. */
export function withSignReversed(scores: Scores, methods: readonly MethodDescription[]): Scores {
  const signed = methods.filter(({ name, signed }) => signed === true && name in scores).map(nameOf);
  return { ...scores, ...Object.fromEntries(signed.map((name) => [name, scores[name]?.map((score) => -score) ?? []])) };
}

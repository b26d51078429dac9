import type { Caveats } from '../../core/state/caveats.js';
import type { LitModelInfo } from './types.js';

/** What a salience model differentiates. Where the loss falls, the log-probability rises. */
type GradientOf = 'log_probability' | 'loss' | 'unknown';

/** The field of a salience model's output spec whose only category says it. */
const FIELD = 'gradient_of';

/** How the docstrings of LIT's own wrappers begin (lit-nlp 1.3.1); they differentiate the loss, and do not say so. */
const OF_LIT = [
  'Wrapper for a HF Transformer model that computes input (token) salience.',
  'LIT model wrapper for computing salience with Keras on TensorFlow.',
];

export const SIGNS: Record<GradientOf, Caveats['sign']> = {
  log_probability: 'known',
  loss: 'turned',
  unknown: 'unknown',
};

/** What a salience model says that it differentiates, or what is known of LIT's own. */
export function gradientOfScores(model: LitModelInfo | undefined): GradientOf {
  const said = model?.spec.output[FIELD]?.vocab?.[0];
  if (said === 'log_probability' || said === 'loss') return said;
  return OF_LIT.some((line) => model?.description?.startsWith(line)) ? 'loss' : 'unknown';
}

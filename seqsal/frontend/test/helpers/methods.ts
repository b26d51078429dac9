import { describeMethods } from '../../src/core/scores/methods.js';
import type { MethodDescription } from '../../src/core/scores/methods.js';

/** A method that no code knows by its name: with a sign, and in a pass of its own. */
export const CONTRAST: MethodDescription = {
  name: 'contrast',
  version: 3,
  label: 'Contrast',
  help: 'What speaks for this answer and not for the other.',
  signed: true,
  scores: 'tokens',
  cost: { forward: 1, backward: 1, per: 'selection' },
  family: '',
};

/** One that takes a pass for each segment. */
export const ABLATION: MethodDescription = {
  ...CONTRAST,
  name: 'ablation',
  label: 'Ablation',
  help: 'What the selection loses without the segment.',
  scores: 'segments',
  cost: { forward: 1, backward: 0, per: 'segment' },
};

/** One that removes many segments at once. */
export const LIME: MethodDescription = {
  ...ABLATION,
  name: 'lime',
  label: 'Random removals',
  help: 'What each segment contributes over random removals.',
  cost: { forward: 64, backward: 0, per: 'selection' },
};

export const GRADIENTS: readonly MethodDescription[] = describeMethods(['grad_l2', 'grad_dot_input']);

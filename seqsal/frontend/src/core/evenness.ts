import type { Concentration } from './aggregate.js';

/** How much more than their even share the strongest segments must hold before a map says anything. */
const LEAST = 1.5;

/** Whether a map is so close to uniform that its colours mean little: gradients of long prompts often are. */
export function isNearlyEven({ share, even }: Concentration): boolean {
  return share < LEAST * even && share - even < 0.1;
}

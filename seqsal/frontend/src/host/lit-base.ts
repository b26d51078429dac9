import type { LitModuleClass } from './lit-types.js';

/** A module that every build of LIT with sequence salience registers, and that descends from the class we need. */
const KNOWN_MODULE = 'sequence-salience-module';

/**
 * The class that all of LIT's modules extend, or null where LIT's client is not on the page.
 *
 * LIT's bundle exports nothing. The class is found by climbing from a registered module to the one that owns
 * `shouldDisplayModule` (lit-nlp 1.3.1: two classes up).
 */
export function findLitModule(): LitModuleClass | null {
  let candidate: unknown = customElements.get(KNOWN_MODULE);
  let owner: unknown = null;
  while (typeof candidate === 'function' && candidate !== HTMLElement) {
    if (Object.hasOwn(candidate, 'shouldDisplayModule')) owner = candidate;
    candidate = Object.getPrototypeOf(candidate) as unknown;
  }
  return owner as LitModuleClass | null;
}

import type { Action } from '../../core/state/action.js';

/** The event of the view: what the user did, for the owner of the store. */
export const ACTION = 'seqsal-action';

export function sendAction(from: EventTarget, action: Action): void {
  from.dispatchEvent(new CustomEvent<Action>(ACTION, { detail: action, bubbles: true, composed: true }));
}

declare global {
  interface HTMLElementEventMap {
    [ACTION]: CustomEvent<Action>;
  }
}

/** Registers an element, unless another copy of this script has done so: in notebooks each cell loads one. */
export function define(name: string, element: CustomElementConstructor): void {
  if (customElements.get(name) === undefined) customElements.define(name, element);
}

import type { Action } from '../core/store.js';

/** The one event that leaves the view: what the user did, for whoever holds the store. */
export const ACTION = 'seqsal-action';

export function sendAction(from: EventTarget, action: Action): void {
  from.dispatchEvent(new CustomEvent<Action>(ACTION, { detail: action, bubbles: true, composed: true }));
}

declare global {
  interface HTMLElementEventMap {
    [ACTION]: CustomEvent<Action>;
  }
}

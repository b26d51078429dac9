import { editOf } from '../../core/state/edit.js';
import type { Edit } from '../../core/state/edit.js';
import type { Segment } from '../../core/text/segment.js';
import { sendAction } from '../common/element.js';

/** A segment whose menu is requested, and where it is in the window. */
export interface MenuRequest {
  readonly index: number;
  readonly rect: DOMRect;
}

/** A token of the answer whose alternatives are requested, and where it is in the window. */
export interface TokenRequest {
  readonly position: number;
  readonly rect: DOMRect;
}

/** The text that offers something. */
interface OfferTarget extends EventTarget {
  /** Undefined if the prompt cannot be edited. */
  readonly edit: Edit | null | undefined;
  readonly segments: readonly Segment[];
  segmentOf(event: Event): number | null;
  /** Where a segment is in the window. */
  rectOf(index: number): DOMRect | null;
}

/** The tokens of the answer, if they are underlined. */
interface TokenPlaces {
  tokenAt(x: number, y: number): number | null;
  rectOf(token: number): DOMRect | null;
}

/**
 * Offers what can be done with a segment or a token of the text: `seqsal-menu` with a MenuRequest, which a listener accepts by
 * preventDefault, and `seqsal-token` with a TokenRequest.
 *
 * A right click opens the menu of a segment, and a click in the answer the alternatives to an underlined token. A double
 * click in the prompt begins an edit. Keys: m or the menu key for the menu of the focused segment, a for the alternatives to its first
 * token, e to edit it.
 */
export class TextOffers {
  readonly #host: OfferTarget;
  readonly #tokens: TokenPlaces;

  constructor(host: OfferTarget, tokens: TokenPlaces) {
    [this.#host, this.#tokens] = [host, tokens];
  }

  /** With Alt the browser's own menu opens. */
  readonly contextmenu = (event: MouseEvent): void => {
    if (!event.altKey && this.#menu(this.#host.segmentOf(event))) event.preventDefault();
  };

  click(event: MouseEvent): void {
    const plain = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (plain && this.#host.segmentOf(event) !== null) {
      this.#token(this.#tokens.tokenAt(event.clientX, event.clientY));
    }
  }

  /** Begins to edit a segment of the prompt, and returns whether it can be edited. */
  readonly edit = (index: number | null, again = false): boolean => {
    const segment = index === null ? undefined : this.#host.segments[index];
    const edit = segment && this.#host.edit !== undefined ? editOf(segment) : null;
    if (edit !== null) sendAction(this.#host, { type: 'edit', edit, begins: true, again });
    return edit !== null;
  };

  readonly dblclick = (event: MouseEvent): void => {
    this.edit(this.#host.segmentOf(event), true);
  };

  /** Handles a key on a segment. Returns whether it has a meaning here. */
  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const index = this.#host.segmentOf(event);
    const acts: Readonly<Record<string, () => boolean>> = {
      m: () => this.#menu(index),
      a: () => this.#token(this.#firstToken(index)),
      e: () => this.edit(index),
    };
    const done = acts[event.key]?.() ?? false;
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
    return done;
  }

  /** Returns whether there is a menu. */
  #menu(index: number | null): boolean {
    const rect = index === null ? null : this.#host.rectOf(index);
    if (index === null || rect === null) return false;
    const detail: MenuRequest = { index, rect };
    return !this.#host.dispatchEvent(new CustomEvent('seqsal-menu', { detail, cancelable: true }));
  }

  #token(position: number | null): boolean {
    const rect = position === null ? null : this.#tokens.rectOf(position);
    if (position === null || rect === null) return false;
    const detail: TokenRequest = { position, rect };
    this.#host.dispatchEvent(new CustomEvent('seqsal-token', { detail }));
    return true;
  }

  /** The first underlined token of a segment. */
  #firstToken(index: number | null): number | null {
    const { start, end } = (index === null ? undefined : this.#host.segments[index]?.tokens) ?? { start: 0, end: 0 };
    for (let i = start; i < end; i++) if (this.#tokens.rectOf(i)) return i;
    return null;
  }
}

declare global {
  interface HTMLElementEventMap {
    'seqsal-menu': CustomEvent<MenuRequest>;
    'seqsal-token': CustomEvent<TokenRequest>;
  }
}

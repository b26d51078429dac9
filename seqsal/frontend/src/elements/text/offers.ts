import type { Segment } from '../../core/text/segments.js';

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
 * A right click opens the menu of a segment, and a click in the answer the alternatives to an underlined token. Keys: m or the
 * menu key for the menu of the focused segment, a for the alternatives to its first token.
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

  /** Handles a key on a segment. Returns whether it has a meaning here. */
  key(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const index = this.#host.segmentOf(event);
    const done = event.key === 'm' ? this.#menu(index) : event.key === 'a' && this.#token(this.#firstToken(index));
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

import { nothing } from 'lit';

/** The element of LIT's tour, which lies over the page when the question mark is pressed (lit-nlp 1.3.1). */
const TOUR = 'lit-documentation';

interface Tour {
  isOpen: boolean;
  render: (this: Tour) => unknown;
}

/**
 * Has LIT's tour draw nothing while it is closed.
 *
 * LIT draws it hidden, and the browser loads its first picture (0.6 MB) with every page. `isOpen` is observed where the
 * tour is drawn, so it draws itself once it is opened.
 */
export function drawTourWhenOpen(): void {
  const tour = customElements.get(TOUR)?.prototype as Tour | undefined;
  if (typeof tour?.render !== 'function') return;
  const render = tour.render;
  tour.render = function (): unknown {
    return this.isOpen ? render.call(this) : nothing;
  };
}

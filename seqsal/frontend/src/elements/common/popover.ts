import { css } from 'lit';

/** The look of a panel over the page. */
export const popoverStyles = css`
  .panel {
    inset: auto;
    max-width: calc(100vw - 16px);
    max-height: calc(100vh - 16px);
    overflow: auto;
    margin: 0;
    padding: 12px;
    border: 1px solid var(--seqsal-line);
    border-radius: 6px;
    background: var(--seqsal-surface);
    color: var(--seqsal-ink);
    box-shadow: 0 4px 16px rgb(0 0 0 / 18%);
  }
`;

const GAP = 4;
const EDGE = 8;

/**
 * Places a panel of some width below a rectangle of the window, or above it if there is more room. By default a popover is in the
 * middle of the page.
 *
 * @param align - whether the left or the right edges are aligned, as far as the panel fits into the window.
 */
export function placePanel(panel: HTMLElement, rect: DOMRect, width: number, align: 'left' | 'right' = 'left'): void {
  const { clientWidth, clientHeight } = document.documentElement;
  const left = align === 'left' ? rect.left : rect.right - width;
  const above = rect.top > clientHeight - rect.bottom && clientHeight - rect.bottom < 320;
  panel.style.width = `${String(width)}px`;
  panel.style.left = `${String(Math.max(EDGE, Math.min(left, clientWidth - EDGE - width)))}px`;
  panel.style.top = above ? 'auto' : `${String(rect.bottom + GAP)}px`;
  panel.style.bottom = above ? `${String(clientHeight - rect.top + GAP)}px` : 'auto';
}

/** Escape closes only the panel. */
export function stopEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape') event.stopPropagation();
}

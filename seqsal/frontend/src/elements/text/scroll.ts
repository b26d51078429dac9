// Scrolls within a text. scrollIntoView would also scroll the panes of the page around it.

/** Brings the start of a section into view, with some context above it, unless all of it is in view. */
export function revealSection(text: HTMLElement, section: Element | null): void {
  const here = text.getBoundingClientRect();
  const there = section?.getBoundingClientRect();
  if (!there || there.bottom <= here.bottom) return;
  text.scrollTop += there.top - here.top - text.clientHeight * 0.4;
}

/** Brings the end of a section into view if it is below. A text in progress grows there. */
export function revealEnd(text: HTMLElement, section: Element | null): void {
  const below = (section?.getBoundingClientRect().bottom ?? 0) - text.getBoundingClientRect().bottom;
  if (below > 0) text.scrollTop += below;
}

/** Brings a segment to the middle if it is out of view. */
export function revealSpan(text: HTMLElement, span: Element): void {
  const here = text.getBoundingClientRect();
  const there = span.getBoundingClientRect();
  if (there.top >= here.top && there.bottom <= here.bottom) return;
  text.scrollTop += there.top - here.top - Math.max(0, (text.clientHeight - there.height) / 2);
}

/** Heights in the window as shares of the height of the whole text. */
export function sharesOf(text: HTMLElement, tops: Float64Array): Float64Array {
  const origin = text.getBoundingClientRect().top - text.scrollTop;
  return tops.map((top) => (top - origin) / text.scrollHeight);
}

// Where things are in a text that scrolls. Not scrollIntoView, which would move the panes of the page around it too.

/** Brings the start of a section into view, with some of what is above it, unless all of it is there already. */
export function revealSection(text: HTMLElement, section: Element | null): void {
  const here = text.getBoundingClientRect();
  const there = section?.getBoundingClientRect();
  if (!there || there.bottom <= here.bottom) return;
  text.scrollTop += there.top - here.top - text.clientHeight * 0.4;
}

/** Brings the end of a section into view, if it is below: where a text is still written, that is where it grows. */
export function revealEnd(text: HTMLElement, section: Element | null): void {
  const below = (section?.getBoundingClientRect().bottom ?? 0) - text.getBoundingClientRect().bottom;
  if (below > 0) text.scrollTop += below;
}

/** Brings a segment into view: to the middle, if it is out of sight. */
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

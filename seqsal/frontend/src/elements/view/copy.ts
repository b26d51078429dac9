import type { Explained } from '../panels/readout.js';

/** Puts the explained text into the clipboard, unless there is a selection of the browser. */
export function copy(event: ClipboardEvent, explained: Explained | null): void {
  if (!explained || getSelection()?.isCollapsed === false) return;
  event.clipboardData?.setData('text/plain', explained.text);
  event.preventDefault();
}

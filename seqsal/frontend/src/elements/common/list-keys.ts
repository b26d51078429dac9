/** Moves the focus between buttons with the arrow keys, Home and End. Returns the new index; null for any other key. */
export function moveFocus(event: KeyboardEvent, buttons: readonly HTMLElement[]): number | null {
  const at = buttons.findIndex((button) => button.matches(':focus'));
  const last = buttons.length - 1;
  const to = { ArrowDown: Math.min(last, at + 1), ArrowUp: Math.max(0, at - 1), Home: 0, End: last }[event.key];
  if (to === undefined || at < 0) return null;
  event.preventDefault();
  event.stopPropagation();
  buttons[to]?.focus();
  return to;
}

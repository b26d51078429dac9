/** Where a key leads among the hot segments: to the next, to the previous, or nowhere. In a field it is a letter. */
export function jumpOf(event: KeyboardEvent): 1 | -1 | null {
  const [from] = event.composedPath();
  const typing = from instanceof HTMLSelectElement || (from instanceof HTMLInputElement && from.type !== 'radio');
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  return event.key === 'n' ? 1 : event.key === 'p' ? -1 : null;
}

// Notes that the user does not want to see again, in the browser's storage, which some pages do not have.

const PREFIX = 'seqsal.dismissed.';

export function isDismissed(note: string): boolean {
  try {
    return localStorage.getItem(PREFIX + note) !== null;
  } catch {
    return false;
  }
}

export function dismiss(note: string): void {
  try {
    localStorage.setItem(PREFIX + note, '1');
  } catch {
    // The note is back when the page is loaded again.
  }
}

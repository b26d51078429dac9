/** Saves a file in the browser's folder for downloads; returns what happened. */
export function download(blob: Blob, name: string): string {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Browsers read it after the click, some only a while later.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
  return `Saved as ${name}.`;
}

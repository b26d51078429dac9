import type { SavedResult } from './result.js';

/** The page neither loads nor sends anything. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:";

/** JSON for the text of a script element: it cannot end the element or start a comment or another script. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/**
 * A page that shows a saved result with all controls and without a server. `script` is the text of seqsal-view.js.
 */
export function pageSource(saved: SavedResult, script: string): string {
  if (/<\/script|<!--/i.test(script))
    throw new Error('The script would end its own element; it cannot be put in a page.');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(titleOf(saved))}</title>
<style>html, body { height: 100%; margin: 0 }</style>
</head>
<body>
<main style="height: 100%"></main>
<script type="application/json" id="seqsal-result">${scriptJson(saved)}</script>
<script id="seqsal-view">${script}</script>
<script>seqsalView.mount(document.querySelector('main'), JSON.parse(document.getElementById('seqsal-result').textContent));</script>
</body>
</html>
`;
}

export function titleOf({ target }: SavedResult): string {
  const line = target.trim().replaceAll(/\s+/g, ' ');
  return `Sequence Salience: ${line.length > 60 ? `${line.slice(0, 58)}…` : line}`;
}

export function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (sign) => names[sign] ?? sign);
}

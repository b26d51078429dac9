import { toSvg } from '../../core/saved/drawing.js';
import type { Drawing } from '../../core/saved/drawing.js';
import { pageSource } from '../../core/saved/page.js';
import { saveSnapshot } from '../../core/saved/result.js';
import type { SavedResult } from '../../core/saved/result.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { toPng } from './picture.js';
import type { SaveKind } from './save.js';

/** What saving takes from the view and from its host. */
export interface Source {
  readonly snapshot: Snapshot;
  /** The text as it is drawn, and whether all of it is. */
  readonly measure: () => { readonly drawing: Drawing; readonly whole: boolean };
  /** The text of seqsal-view.js; null where it cannot be had. */
  readonly viewScript: (() => Promise<string>) | null;
  /** An address that shows the same; null where there is none. */
  readonly link: (() => string) | null;
}

/** What there is to be saved at the moment. */
export function kindsOf({ tokens, salience }: Snapshot, viewScript: unknown, link: unknown): SaveKind[] {
  if (tokens.status !== 'ready' || salience.status === 'pending') return [];
  // Pages that came over plain http from another machine may not write to the clipboard.
  const copies = 'clipboard' in navigator && isSecureContext;
  return [
    'png',
    'svg',
    ...(viewScript === null ? [] : (['html'] as const)),
    'json',
    ...(copies ? (['copy-png'] as const) : []),
    ...(copies && link !== null ? (['copy-link'] as const) : []),
  ];
}

/** What came of saving, in words. */
export interface Outcome {
  readonly text: string;
  readonly failed: boolean;
}

export const NO_OUTCOME: Outcome = { text: '', failed: false };

/** Saves or copies. */
export async function save(kind: SaveKind, source: Source): Promise<Outcome> {
  try {
    return { text: await saveAs(kind, source), failed: false };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), failed: true };
  }
}

async function saveAs(kind: SaveKind, source: Source): Promise<string> {
  switch (kind) {
    case 'png':
      return savePicture(source, async (drawing) => download(await toPng(drawing), 'salience.png'));
    case 'svg':
      return savePicture(source, (drawing) =>
        Promise.resolve(download(new Blob([toSvg(drawing)], { type: 'image/svg+xml' }), 'salience.svg')),
      );
    case 'html':
      return savePage(source);
    case 'json':
      return download(
        new Blob([JSON.stringify(resultOf(source, false))], { type: 'application/json' }),
        'salience.json',
      );
    case 'copy-png':
      return savePicture(source, copyPicture);
    case 'copy-link':
      await navigator.clipboard.writeText(source.link?.() ?? '');
      return 'The link is on the clipboard.';
  }
}

async function savePicture({ measure }: Source, finish: (drawing: Drawing) => Promise<string>): Promise<string> {
  const { drawing, whole } = measure();
  const done = await finish(drawing);
  return whole ? done : `${done} The text is too tall for one picture: this is what is in view.`;
}

async function copyPicture(drawing: Drawing): Promise<string> {
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': toPng(drawing) })]);
  return 'The picture is on the clipboard.';
}

async function savePage(source: Source): Promise<string> {
  const script = await source.viewScript?.();
  if (script === undefined) throw new Error('The script of the page cannot be had.');
  const text = pageSource(resultOf(source, true), script);
  return download(new Blob([text], { type: 'text/html' }), 'salience.html');
}

function resultOf({ snapshot }: Source, all: boolean): SavedResult {
  const result = saveSnapshot(snapshot, all);
  if (result === null) throw new Error('There is nothing to save yet.');
  return result;
}

function download(blob: Blob, name: string): string {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads it after the click, some only a while later.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
  return `Saved as ${name}.`;
}

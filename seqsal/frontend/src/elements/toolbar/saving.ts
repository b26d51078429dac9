import { toSvg } from '../../core/saved/drawing.js';
import type { Drawing } from '../../core/saved/drawing.js';
import { pageSource } from '../../core/saved/page.js';
import { saveSnapshot } from '../../core/saved/result.js';
import type { SavedResult } from '../../core/saved/result.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import { download } from '../common/download.js';
import { toPng } from './picture.js';

/** Formats of files, and what can be copied. */
export type SaveOption = 'png' | 'svg' | 'html' | 'json' | 'copy-png' | 'copy-link';

/** What saving needs from the view and its host. */
export interface Source {
  readonly snapshot: Snapshot;
  /** A drawing of the text, and whether it shows all of it. */
  readonly measure: () => { readonly drawing: Drawing; readonly whole: boolean };
  /** Loads the text of seqsal-view.js; null if it is not available. */
  readonly viewScript: (() => Promise<string>) | null;
  /** An address that shows the same; null if there is none. */
  readonly link: (() => string) | null;
}

/** The options for saving at present. */
export function saveOptions({ tokens, salience }: Snapshot, viewScript: unknown, link: unknown): SaveOption[] {
  if (tokens.status !== 'ready' || salience.status === 'pending') return [];
  // Pages over plain http from another machine may not write to the clipboard.
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

/** The outcome of saving, as text. */
export interface Outcome {
  readonly text: string;
  readonly failed: boolean;
}

export const NO_OUTCOME: Outcome = { text: '', failed: false };

/** Saves or copies. Never rejects. */
export async function save(option: SaveOption, source: Source): Promise<Outcome> {
  try {
    return { text: await saveAs(option, source), failed: false };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), failed: true };
  }
}

async function saveAs(option: SaveOption, source: Source): Promise<string> {
  switch (option) {
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
  return whole ? done : `${done} The text is too tall for one picture, so this is the part in view.`;
}

async function copyPicture(drawing: Drawing): Promise<string> {
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': toPng(drawing) })]);
  return 'The picture is on the clipboard.';
}

async function savePage(source: Source): Promise<string> {
  const script = await source.viewScript?.();
  if (script === undefined) throw new Error('The script of the page is not available.');
  const text = pageSource(resultOf(source, true), script);
  return download(new Blob([text], { type: 'text/html' }), 'salience.html');
}

function resultOf({ snapshot }: Source, all: boolean): SavedResult {
  const result = saveSnapshot(snapshot, all);
  if (result === null) throw new Error('There is nothing to save yet.');
  return result;
}

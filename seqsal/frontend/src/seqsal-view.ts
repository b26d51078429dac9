// The view over a saved result, as one script without a server: `seqsalView.mount(element, result)`. A report of many records is
// shown by `seqsalView.mountReport(element, report)`.
import { mountReport as mountReportView } from './host/saved/report.js';
import { mount as mountView } from './host/saved/view.js';
import type { MountOptions, Mounted } from './host/saved/view.js';

// Known only while the script first runs. In a saved page it is the element that contains this text.
const own = document.currentScript;

async function ownText(): Promise<string> {
  if (!(own instanceof HTMLScriptElement)) throw new Error('The script of this page cannot be read.');
  return own.src === '' ? own.text : (await fetch(own.src)).text();
}

/** See `mountView`. The view can be saved as a page if the text of this script is readable. */
export function mount(parent: Element, result: unknown, options: MountOptions = {}): Mounted {
  return mountView(parent, result, { script: own === null ? null : ownText, ...options });
}

/** See `mountReport` in src/host/saved/report.ts. */
export function mountReport(parent: Element, report: unknown): void {
  mountReportView(parent, report, { script: own === null ? null : ownText });
}

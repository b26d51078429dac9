import { unpackResults } from '../../core/saved/packed.js';
import { findRecord, readReport, recordsBehind } from '../../core/saved/report.js';
import type { Report, ReportGroup } from '../../core/saved/report.js';
import type { SavedResult } from '../../core/saved/result.js';
import '../../elements/aggregates/record-bar.js';
import '../../elements/aggregates/report.js';
import { shorten } from '../../elements/common/format.js';
import { formatPlace, parsePlace } from './report-address.js';
import type { ReportPlace } from './report-address.js';
import { followTheme, mount } from './view.js';
import type { MountOptions, Mounted } from './view.js';

/**
 * Shows a report in an element, which it fills. It needs no server. What is shown is in the page's address, so that the browser's
 * buttons go back from a record to the report.
 *
 * @param readChunk - loads a chunk of records by its number, as base64. By default from the elements of the page.
 * @throws Error - the value is not a report. The message gives the reason.
 */
export function mountReport(
  parent: Element,
  value: unknown,
  options: Pick<MountOptions, 'script'> & { readonly readChunk?: (chunk: number) => Promise<string> } = {},
): void {
  const shown = new ShownReport(parent, readReport(value), options.readChunk ?? readElement, options.script ?? null);
  shown.show(parsePlace(location.hash));
  addEventListener('hashchange', () => {
    shown.show(parsePlace(location.hash));
  });
}

const BY_LABEL =
  'The run has one segment for each labelled part (--granularity=labels), and this view shows sentences. A method that scores whole parts has its score spread evenly over the tokens of each part: choose Tokens to see the parts.';

class ShownReport {
  readonly #report: Report;
  readonly #readChunk: (chunk: number) => Promise<string>;
  readonly #script: MountOptions['script'];
  readonly #element = document.createElement('seqsal-report');
  readonly #bar = document.createElement('seqsal-record-bar');
  readonly #record = document.createElement('div');
  readonly #view = document.createElement('div');
  #mounted: Mounted | null = null;
  #place: ReportPlace = parsePlace('');
  /** Counts the calls of `show`: a record that is unpacked after another call is not shown. */
  #calls = 0;

  constructor(
    parent: Element,
    report: Report,
    readChunk: (chunk: number) => Promise<string>,
    script: MountOptions['script'],
  ) {
    this.#report = report;
    this.#readChunk = readChunk;
    this.#script = script;
    this.#element.report = report;
    this.#record.style.cssText = 'display: flex; flex-direction: column; height: 100%';
    this.#view.style.cssText = 'flex: 1; min-height: 0';
    this.#record.append(this.#bar, this.#view);
    this.#record.style.display = 'none';
    parent.append(this.#element, this.#record);
    followTheme(this.#element);
    followTheme(this.#bar);
    this.#listen();
  }

  #listen(): void {
    this.#element.addEventListener('show-group', ({ detail }) => {
      go({ group: detail, row: 0, record: null, other: false });
    });
    this.#element.addEventListener('show-row', ({ detail }) => {
      go({ ...this.#place, row: detail });
    });
    for (const each of [this.#element, this.#bar]) {
      each.addEventListener('open-record', ({ detail }) => {
        go({ ...this.#place, ...detail });
      });
    }
    this.#bar.addEventListener('close-record', () => {
      go({ ...this.#place, record: null, other: false });
    });
  }

  show(place: ReportPlace): void {
    const before = this.#place;
    const group = this.#report.groups[place.group] ?? this.#report.groups[0];
    this.#place = place;
    this.#calls += 1;
    this.#element.group = place.group;
    this.#element.row = place.row;
    if (place.record === null || !group) this.#close(before);
    else void this.#open(group, place.record, place.other);
  }

  #close({ record, other }: ReportPlace): void {
    this.#mounted?.unmount();
    this.#mounted = null;
    this.#record.style.display = 'none';
    this.#element.style.display = '';
    if (record !== null) this.#element.focusRecord(record, other);
  }

  async #open(group: ReportGroup, record: number, other: boolean): Promise<void> {
    const call = this.#calls;
    const found = findRecord(this.#report, group, record, other);
    if (found === null) {
      this.#message(`This page does not have record ${String(record)}.`);
      return;
    }
    const [chunk, place] = found.place;
    const opens = this.#mounted === null;
    try {
      const saved = unpackResults(await inflate(await this.#readChunk(chunk)), found.shared)[place];
      if (call !== this.#calls) return;
      if (!saved) throw new Error('a part of this page lacks it. The file may be damaged.');
      this.#mount(group, saved);
      this.#name(group, record, other, saved);
    } catch (error) {
      if (call === this.#calls)
        this.#message(`The record cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    await this.#bar.updateComplete;
    if (opens && call === this.#calls) this.#bar.focus();
  }

  #mount({ method }: ReportGroup, read: SavedResult): void {
    const saved = this.#report.granularity === 'labels' ? withoutSegments(read) : read;
    const view = { ...saved.view, ...(saved.methods.includes(method) ? { method } : {}) };
    this.#mounted?.unmount();
    this.#mounted = null;
    this.#view.replaceChildren();
    this.#display();
    this.#mounted = mount(this.#view, { ...saved, view }, { script: this.#script ?? null });
  }

  /** Names the record, and finds those next to it in the list. */
  #name(group: ReportGroup, record: number, other: boolean, { target }: SavedResult): void {
    const list = recordsBehind(this.#report, group, this.#place.row);
    const at = other ? -1 : list.findIndex((each) => each.record === record);
    const line = at < 0 ? '' : ` · line ${String(list[at]?.line)}`;
    const side = other ? ` · ${group.versus?.name ?? ''}` : ` · ${group.dataset}`;
    this.#bar.name = `Record ${String(record)}${line}${side}`;
    this.#bar.answer = shorten(target, 160);
    this.#bar.note = this.#report.granularity === 'labels' ? BY_LABEL : '';
    this.#bar.previous = at < 0 ? null : (list[at - 1]?.record ?? null);
    this.#bar.next = at < 0 ? null : (list[at + 1]?.record ?? null);
  }

  #message(text: string): void {
    this.#mounted?.unmount();
    this.#mounted = null;
    const paragraph = document.createElement('p');
    paragraph.setAttribute('role', 'alert');
    paragraph.style.cssText = 'margin: 16px; font: 14px Roboto, system-ui, sans-serif';
    paragraph.textContent = text;
    this.#view.replaceChildren(paragraph);
    this.#bar.note = '';
    [this.#bar.name, this.#bar.answer, this.#bar.previous, this.#bar.next] = ['Record', '', null, null];
    this.#display();
  }

  #display(): void {
    this.#element.style.display = 'none';
    this.#record.style.display = 'flex';
  }
}

/** A result whose scores by segment are those of its tokens, for a view that does not know the segments. */
function withoutSegments(saved: SavedResult): SavedResult {
  return { ...saved, salience: saved.salience.map((entry) => ({ ...entry, segments: {}, checks: [] })) };
}

function go(place: ReportPlace): void {
  location.hash = formatPlace(place);
}

/** The chunk in an element that follows the script in the page, which may still be loading. */
async function readElement(chunk: number): Promise<string> {
  if (document.readyState === 'loading') {
    await new Promise((resolve) => {
      addEventListener('DOMContentLoaded', resolve, { once: true });
    });
  }
  const text = document.getElementById(`seqsal-chunk-${String(chunk)}`)?.textContent;
  if (!text) throw new Error('a part of this page is missing. The file may be incomplete.');
  return text;
}

async function inflate(base64: string): Promise<Uint8Array> {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { recordsBehind } from '../../core/saved/report.js';
import type { RecordSet, Report, ReportGroup, ReportRow } from '../../core/saved/report.js';
import { define } from '../common/element.js';
import { whole } from '../common/format.js';
import { controls, palette } from '../common/styles.js';
import { percent } from './label-bars.js';
import './label-bars.js';
import './record-list.js';
import { reportStyles } from './report-styles.js';
import { renderErrors, renderOutcomes, renderSettings, renderUnused, renderVersus } from './report-tables.js';
import './prompt-heatmap.js';

/** A report of many records. It sends `open-record` for a clicked record, and `show-group` and `show-row` for what is shown. */
export class SeqsalReport extends LitElement {
  static override properties = {
    report: { attribute: false },
    group: { attribute: false },
    row: { attribute: false },
    theme: { reflect: true },
  };

  static override styles = [palette, controls, reportStyles];

  declare report: Report | null;
  /** The number of the shown group. */
  declare group: number;
  /** The number of the row whose records are listed. */
  declare row: number;
  declare theme: 'light' | 'dark';

  constructor() {
    super();
    this.report = null;
    [this.group, this.row] = [0, 0];
    this.theme = 'light';
  }

  /** Gives the focus to the button that opens a record. */
  focusRecord(record: number, other: boolean): void {
    if (other) this.renderRoot.querySelector<HTMLElement>(`[data-record="other-${String(record)}"]`)?.focus();
    else this.renderRoot.querySelector('seqsal-record-list')?.focusRecord(record);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { report } = this;
    const group = report?.groups[this.group];
    if (!report || !group) return nothing;
    return html`${this.#renderHeader(report, group)}
      <div class="columns" @label-click=${this.#onLabel}>
        <div class="main">
          ${this.#renderPrompt(report, group)} ${this.#renderBars(report, group)} ${renderOutcomes(group)}
          ${renderVersus(group.versus, this.#open)} ${renderUnused(group)} ${renderErrors(report)}
          ${renderSettings(report)}
        </div>
        ${this.#renderList(report, group)}
      </div>`;
  }

  #renderHeader(report: Report, group: ReportGroup): TemplateResult {
    const set = report.sets[group.set];
    return html`<header>
      <div class="title">
        <h1>${group.dataset}: what the answers depend on</h1>
        <p>${findingOf(group)}</p>
        <p>
          ${set ? countOf(set) : ''} · model ${group.model} ·
          <span title=${group.methodHelp}>method ${group.methodLabel}</span> · explained:
          ${settingOf(report, 'Explained part')}
        </p>
      </div>
      ${report.groups.length > 1 ? this.#renderGroups(report) : nothing}
    </header>`;
  }

  #renderGroups({ groups, sets }: Report): TemplateResult {
    const name = ({ model, dataset, methodLabel }: ReportGroup): string =>
      sets.length > 1 ? `${model}, ${dataset}, ${methodLabel}` : methodLabel;
    return html`<label>
      ${sets.length > 1 ? 'Model, data set and method' : 'Method'}
      <select
        @change=${(event: Event) => {
          this.#send('show-group', Number((event.target as HTMLSelectElement).value));
        }}
      >
        ${groups.map((each, i) => html`<option value=${String(i)} .selected=${i === this.group}>${name(each)}</option>`)}
      </select>
    </label>`;
  }

  #renderPrompt(report: Report, group: ReportGroup): TemplateResult {
    const { record, parts } = group.prompt;
    const line = lineOf(report, group, record);
    const what =
      record === null
        ? 'Each part has the colour of its label over all records.'
        : `The prompt of line ${line}: it has the most common labels and a median length. Each part has the colour of its label over all records.`;
    return html`<section>
      <h2>The ${record === null ? 'template' : 'prompt'}, coloured by label</h2>
      <p>${what} Click a part to list the records behind it.</p>
      <seqsal-prompt-heatmap
        .parts=${parts}
        .rows=${group.rows}
        .selected=${group.rows[this.row]?.label ?? null}
      ></seqsal-prompt-heatmap>
    </section>`;
  }

  #renderBars(report: Report, group: ReportGroup): TemplateResult {
    const set = report.sets[group.set];
    return html`<section>
      <h2>Labels</h2>
      <p>
        The share of each label of all absolute scores, as the mean over the records that have it. Hatched: no more than
        an even spread. Click a label to list the records behind it.${set ? ambiguity(set.ambiguous) : ''}
      </p>
      <seqsal-label-bars
        .rows=${group.rows}
        .total=${set?.total ?? null}
        .selected=${group.rows[this.row] ?? null}
        .theme=${this.theme}
      ></seqsal-label-bars>
      ${set && set.unlabelled > 0 ? html`<p>${whole(set.unlabelled)} of ${whole(set.segments)} segments have no label.</p>` : nothing}
    </section>`;
  }

  #renderList(report: Report, group: ReportGroup): TemplateResult {
    const [row, set] = [group.rows[this.row], report.sets[group.set]];
    return html`<aside aria-label="Records">
      <seqsal-record-list
        .label=${row?.label ?? ''}
        .total=${row?.records ?? 0}
        .choice=${set?.choice ?? 'all'}
        .tokens=${set?.tokens ?? true}
        .records=${recordsBehind(report, group, this.row)}
      ></seqsal-record-list>
    </aside>`;
  }

  readonly #onLabel = ({ detail }: CustomEvent<{ readonly label: string; readonly region: string }>): void => {
    const rows = this.report?.groups[this.group]?.rows ?? [];
    const found = rows.findIndex(({ label, region }) => label === detail.label && region === detail.region);
    if (found >= 0) this.#send('show-row', found);
  };

  readonly #open = (record: number, other: boolean): void => {
    this.dispatchEvent(new CustomEvent('open-record', { detail: { record, other } }));
  };

  #send(type: 'show-group' | 'show-row', detail: number): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** The label with the largest share, and the one that is farthest above an even spread if that is another. */
function findingOf({ rows }: ReportGroup): TemplateResult | typeof nothing {
  const [first] = rows;
  if (!first?.share || !first.even_share) return nothing;
  const times = ({ share, even_share: even }: ReportRow): string => `${((share ?? 0) / (even ?? 1)).toFixed(1)} times`;
  const but = first.share < first.even_share ? 'but only ' : '';
  const start = `“${first.label}” has the largest share: ${percent(first.share)} of the salience, ${but}${times(first)} its even share.`;
  const above = (row: ReportRow): number => row.excess ?? 0;
  const most = rows.reduce((one, other) => (above(other) > above(one) ? other : one), first);
  const rest =
    most === first || above(most) <= 0
      ? ''
      : ` The farthest above an even spread is “${most.label}”: ${percent(most.share)}, ${times(most)} its even share.`;
  return html`<strong class="finding">${start}${rest}</strong>`;
}

/** How many records there are, and how many of them are in the page. */
function countOf({ total, numbers, choice, tokens }: RecordSet): string {
  const all = total === 1 ? '1 record' : `${whole(total)} records`;
  if (choice === 'all') return all;
  const which = choice === 'different' ? 'those that differ most' : 'an even spread';
  return `${all}, of which ${whole(numbers.length)} ${tokens ? 'can be opened' : 'are listed'} (${which})`;
}

function settingOf({ settings }: Report, wanted: string): string {
  return settings.find(([name]) => name === wanted)?.[1] ?? '';
}

function lineOf({ sets }: Report, { set }: ReportGroup, record: number | null): string {
  const found = sets[set];
  const line = found && record !== null ? found.lines[found.numbers.indexOf(record)] : undefined;
  return line === undefined ? `${String((record ?? 0) + 1)} of the data` : whole(line);
}

function ambiguity(records: number): string {
  return records === 0 ? '' : ` The template fits ${whole(records)} records in several ways.`;
}

define('seqsal-report', SeqsalReport);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-report': SeqsalReport;
  }
  interface HTMLElementEventMap {
    'show-group': CustomEvent<number>;
    'show-row': CustomEvent<number>;
  }
}

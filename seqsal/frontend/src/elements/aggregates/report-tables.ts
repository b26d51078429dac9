import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { DifferenceRow, DifferentRecord, Report, ReportGroup, Versus } from '../../core/saved/report.js';
import { whole } from '../common/format.js';
import { nats, percent } from './label-bars.js';

type Value = number | null;
/** Opens a record, of the other side if `other` is true. */
export type OpenRecord = (record: number, other: boolean) => void;

/** The shares of each label by outcome, a column for each outcome; nothing without a split. */
export function renderOutcomes({ outcomes, rows }: ReportGroup): TemplateResult | typeof nothing {
  if (outcomes.length === 0) return nothing;
  return html`<section>
    <h2>By outcome</h2>
    <p>Mean share of each label among the records of each outcome, with its interval.</p>
    <table>
      <thead>
        <tr>
          <th scope="col">Label</th>
          ${outcomes.map(({ outcome }) => html`<th scope="col" class="number">${outcome}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ label }, i) =>
            html`<tr>
              <th scope="row">${label}</th>
              ${outcomes.map((outcome) => {
                const found = outcome.rows.find(({ row }) => row === i);
                return html`<td class="number">
                  ${found ? html`${percent(found.share)} ${interval(found.share_low, found.share_high)}` : '–'}
                </td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

/** Labels that the answers do not need; nothing if no removals were measured. */
export function renderUnused({ unused }: ReportGroup): TemplateResult | typeof nothing {
  if (unused === null) return nothing;
  return html`<section>
    <h2>Parts that do nothing</h2>
    ${
      unused.length === 0
        ? html`<p>None: the removal of each label has an effect.</p>`
        : html`<p>
              Without these labels the explained part stays about as likely. They are candidates to delete;
              <code>--verify</code> deletes them and answers again.
            </p>
            <table>
              <thead>
                <tr>
                  <th scope="col">Label</th>
                  <th scope="col" class="number">Records</th>
                  <th scope="col" class="number">Effect of removal, in nats</th>
                </tr>
              </thead>
              <tbody>
                ${unused.map(
                  (row) =>
                    html`<tr>
                      <th scope="row">${row.label}</th>
                      <td class="number">${whole(row.records)}</td>
                      <td class="number">
                        ${nats(row.effect, 3)} ${interval(row.effect_low, row.effect_high, (value) => nats(value, 3))}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>`
    }
  </section>`;
}

/** How the shares differ from another analysis, and the records that differ most. */
export function renderVersus(versus: Versus | null, open: OpenRecord): TemplateResult | typeof nothing {
  if (versus === null) return nothing;
  const { name, paired, rows, different } = versus;
  const end = Math.max(
    ...rows.flatMap((row) =>
      [row.difference, row.difference_low, row.difference_high].map((value) => Math.abs(value ?? 0)),
    ),
  );
  return html`<section>
    <h2>Difference from ${name}</h2>
    <p>
      Share here minus share there, in percentage points.
      ${
        paired > 0
          ? `${whole(paired)} records are the same and compared in pairs.`
          : 'The records are not the same, so the two sides are independent samples.'
      }
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Label</th>
          <th scope="col" class="plot"><span class="left">less here</span><span class="right">more here</span></th>
          <th scope="col" class="number">Difference</th>
          <th scope="col" class="number">Here</th>
          <th scope="col" class="number">There</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => renderDifference(row, end))}
      </tbody>
    </table>
    ${different.length > 0 ? renderDifferent(different, open) : nothing}
  </section>`;
}

function renderDifference(row: DifferenceRow, end: number): TemplateResult {
  const { difference, difference_low: low, difference_high: high } = row;
  const at = (value: Value): number => 50 + (50 * (value ?? 0)) / (end || 1);
  const [from, to] = [Math.min(50, at(difference)), Math.max(50, at(difference))];
  const side = (difference ?? 0) < 0 ? 'against' : 'support';
  return html`<tr>
    <th scope="row">${row.label}</th>
    <td class="plot">
      <div class="track">
        <span class="bar ${side}" style="left:${String(from)}%;width:${String(to - from)}%"></span>
        ${
          low !== null && high !== null
            ? html`<span class="interval" style="left:${String(at(low))}%;width:${String(at(high) - at(low))}%"></span>`
            : nothing
        }
      </div>
    </td>
    <td class="number">${points(difference)} ${interval(low, high, points)}</td>
    <td class="number">${percent(row.share)}</td>
    <td class="number">${percent(row.share_other)}</td>
  </tr>`;
}

function renderDifferent(different: readonly DifferentRecord[], open: OpenRecord): TemplateResult {
  return html`<h3>The records that differ most</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">Answer here</th>
          <th scope="col">Answer there</th>
          <th scope="col" class="number" title="Half the sum of the absolute differences of all labels' shares">
            Distance
          </th>
        </tr>
      </thead>
      <tbody>
        ${different.map(
          (each) =>
            html`<tr>
              <th scope="row">${whole(each.line)}</th>
              <td>${each.place ? renderOpen(each.answer, each.record, false, open) : answerText(each.answer)}</td>
              <td>
                ${each.place_other ? renderOpen(each.answer_other, each.record_other, true, open) : answerText(each.answer_other)}
              </td>
              <td class="number">${percent(each.distance)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function renderOpen(answer: string, record: number, other: boolean, open: OpenRecord): TemplateResult {
  return html`<button
    class="link"
    data-record=${`${other ? 'other-' : ''}${String(record)}`}
    @click=${() => {
      open(record, other);
    }}
  >
    ${answerText(answer)}
  </button>`;
}

function answerText(answer: string): string {
  return answer || '␣';
}

export function renderErrors({ errors: { total, rows } }: Report): TemplateResult | typeof nothing {
  if (total === 0) return nothing;
  return html`<section>
    <h2>Errors</h2>
    <p>
      ${total === 1 ? 'One record' : `${whole(total)} records`} failed and ${total === 1 ? 'is' : 'are'} in none of the
      numbers${rows.length < total ? `; the first ${whole(rows.length)}` : ''}.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Data set, line</th>
          <th scope="col">Stage</th>
          <th scope="col">What is wrong</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ dataset, line, stage, message }) =>
            html`<tr>
              <th scope="row">${dataset}, ${whole(line)}</th>
              <td>${stage}</td>
              <td>${message}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

export function renderSettings({ settings }: Report): TemplateResult {
  return html`<section>
    <h2>How this was made</h2>
    <dl>
      ${settings.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd>`,
      )}
    </dl>
  </section>`;
}

/** The interval of a value; nothing where it is unknown, as of a single record. */
function interval(low: Value, high: Value, words: (value: Value) => string = percent): TemplateResult | typeof nothing {
  return low === null || high === null ? nothing : html`<span class="muted">(${words(low)} to ${words(high)})</span>`;
}

/** A difference of shares in percentage points, with its sign. */
function points(value: Value): string {
  if (value === null) return '';
  const text = (100 * value).toFixed(1);
  return value > 0 ? `+${text}` : text.replace('-', '−');
}

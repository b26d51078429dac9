import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { isNearlyEven } from '../../core/scores/concentration.js';
import type { Concentration } from '../../core/scores/concentration.js';
import type { SegmentRank } from '../../core/scores/ranking.js';
import type { PartShares } from '../../core/scores/thinking.js';
import type { TokenDetail } from '../../core/scores/token-details.js';
import { define } from '../common/element.js';
import { ordinal, percent, score, shorten, whole } from '../common/format.js';
import { controls } from '../common/styles.js';

/** The selection. */
export interface Explained {
  readonly text: string;
  /** "tokens 12–15, 20" */
  readonly range: string;
  /** The text that it is compared with; '' if it is explained alone. */
  readonly other: string;
  /** How it was found again in a changed text; '' if the user selected it. */
  readonly carried: string;
}

/** The segment under the pointer or the focus. */
export interface Pointed {
  readonly text: string;
  readonly range: string;
  /** Whether it is selected, wholly or partly. */
  readonly selected: boolean;
  /** Null outside the scale, and while there are no scores. */
  readonly rank: SegmentRank | null;
  /** Whether it is outside the scale because it comes after the selection. */
  readonly after: boolean;
  /** Its share of all salience. */
  readonly share: number;
  /** What removing it does to the selection, in words; '' if it has not been removed. */
  readonly removal: string;
  /** Its score in the text next to this one, in words; '' if it is unknown. */
  readonly other: string;
  readonly tokens: readonly TokenDetail[];
}

/** The shares of the prompt, the thinking and the answer before a selection. */
export interface PartsOfSalience extends PartShares {
  /** Whether they are shares of absolute values. */
  readonly signed: boolean;
  /** Whether what fell on the thinking is passed on. */
  readonly passed: boolean;
}

/** Two lines of text: the selection and how concentrated its salience is, or the segment under the pointer. */
export class SeqsalReadout extends LitElement {
  static override properties = {
    explained: { attribute: false },
    concentration: { attribute: false },
    parts: { attribute: false },
    pointed: { attribute: false },
    hint: {},
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
        color: var(--seqsal-muted);
      }
      /* A fixed height, so that pointing at a segment does not move the text under the pointer. */
      .lines {
        display: grid;
        align-content: center;
        height: 36px;
      }
      .lines > div {
        min-width: 0;
        overflow: hidden;
        white-space: nowrap;
        text-overflow: ellipsis;
      }
      .lines > .hint {
        color: var(--seqsal-ink);
      }
      .lines > .hint:only-child {
        max-height: 36px;
        white-space: normal;
      }
      strong {
        font-weight: 500;
        color: var(--seqsal-ink);
      }
      .short {
        display: none;
      }
      @container seqsal (width < 440px) {
        .long {
          display: none;
        }
        .short {
          display: inline;
        }
      }
      .token {
        margin-inline-end: 8px;
        font-size: 11px;
      }
      .token b {
        margin-inline-end: 3px;
        padding-inline: 3px;
        border-radius: 3px;
        background: var(--seqsal-hover);
        font-weight: 400;
        color: var(--seqsal-ink);
      }
    `,
  ];

  declare explained: Explained | null;
  declare concentration: Concentration | null;
  /** Null if no thinking is before the selection. */
  declare parts: PartsOfSalience | null;
  declare pointed: Pointed | null;
  /** Shown while nothing is selected. */
  declare hint: string;

  constructor() {
    super();
    this.explained = null;
    this.concentration = null;
    this.parts = null;
    this.pointed = null;
    this.hint = '';
  }

  protected override render(): TemplateResult {
    return html`<div class="lines" role="status">${this.#renderLines()}</div>`;
  }

  #renderLines(): TemplateResult {
    const { explained, pointed, concentration, parts } = this;
    if (explained === null) {
      return html`<div class="hint" title=${this.hint}>${this.hint}</div>
        ${pointed ? html`<div aria-live="off">${renderTokens(pointed)}</div>` : nothing}`;
    }
    if (pointed && !pointed.selected) {
      return html`<div>${renderPointed(pointed)}</div>
        <div aria-live="off">${renderTokens(pointed)}</div>`;
    }
    const own = pointed && renderTokens(pointed, explained.range);
    const tokens = own ? html` · <span aria-live="off">${own}</span>` : nothing;
    const carried =
      explained.carried === ''
        ? nothing
        : html` · <span class="carried"><span class="long">selected again: </span>${explained.carried}</span>`;
    return html`<div title=${explained.text}>
        <span class="long">Explaining </span><strong>“${shorten(explained.text)}”</strong>${
          explained.other === '' ? nothing : html` against <strong>“${shorten(explained.other)}”</strong>`
        }
        · ${explained.range}${carried}${tokens}
      </div>
      ${parts ? renderParts(parts, concentration) : concentration ? html`<div>${renderConcentration(concentration)}</div>` : nothing}`;
  }
}

function renderPointed({ text, rank: position, share, after, removal, other }: Pointed): TemplateResult {
  const name = html`<strong>“${shorten(text, 28)}”</strong>`;
  if (position === null) return html`${name}${after ? ' · after the selection, which does not depend on it' : nothing}`;
  const { value, rank, of } = position;
  const shown = html`<strong>${score(value)}</strong>${other === '' ? nothing : html` (${other})`}`;
  return html`${name} · salience ${shown} · ${rank === 1 ? 'the' : ordinal(rank)} strongest of ${whole(of)} ·
  ${percent(share)} of the whole${removal === '' ? nothing : html` · ${removal}`}`;
}

/** The tokens, and their range unless it is `shown` already. */
function renderTokens({ tokens, range }: Pointed, shown = ''): TemplateResult {
  return html`${range === shown ? nothing : html`<span>${range}:</span> `}${tokens.map(
    ({ text, id, logprob }) =>
      html`<span class="token"
        ><b>${text}</b>${id === null ? nothing : html`<span title="The token’s id in the vocabulary">${id}</span>`}
        ${
          logprob === null
            ? nothing
            : html`<span title="Log-probability ${logprob.toFixed(3)}">${percent(Math.exp(logprob))}</span>`
        }</span
      >`,
  )}`;
}

/** "12 % of the salience is on the prompt, 80 % on the thinking, 8 % on the answer before it", then the concentration. */
function renderParts(parts: PartsOfSalience, concentration: Concentration | null): TemplateResult {
  const { prompt, thinking, answer, signed, passed } = parts;
  const on = [
    ['the prompt', prompt],
    ...(passed ? [] : [['the thinking', thinking] as const]),
    ...(answer > 0 ? [['the answer before it', answer] as const] : []),
  ] as const;
  const words = on.map(([name, share], i) => `${percent(share)} ${i === 0 ? 'of the salience is ' : ''}on ${name}`);
  const short = on.map(([name, share]) => `${percent(share)} ${name.replace(/^the | before it$/g, '')}`);
  const tail = `${signed ? ' (absolute values)' : ''}${passed ? '; the thinking is passed on' : ''}`;
  return html`<div title="${words.join(', ')}${tail}">
    <span class="long parts">${words.join(', ')}${tail}</span><span class="short parts">${short.join(', ')}</span>${
      concentration ? html` · ${renderConcentration(concentration)}` : nothing
    }
  </div>`;
}

function renderConcentration(concentration: Concentration): TemplateResult {
  const { strongest, of, share, even } = concentration;
  const subject = strongest === 1 ? 'the strongest' : `the strongest ${whole(strongest)}`;
  const verb = strongest === 1 ? 'holds' : 'hold';
  const nearly = isNearlyEven(concentration);
  return html`<span class="long"
      >${nearly ? html`<strong>Spread almost evenly:</strong> ` : nothing}${subject} of ${whole(of)} segments ${verb}
      ${percent(share)} of the salience (evenly: ${percent(even)})</span
    ><span class="short"
      >${nearly ? html`<strong>Almost even:</strong> ` : nothing}${whole(strongest)} of ${whole(of)} ${verb}
      ${percent(share)} (evenly: ${percent(even)})</span
    >`;
}

define('seqsal-readout', SeqsalReadout);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-readout': SeqsalReadout;
  }
}

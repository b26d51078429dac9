import { LitElement, css, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Agreement, TogetherEffect } from '../../core/scores/agreement.js';
import type { ContrastLogprobs } from '../../core/scores/contrast.js';
import { MOST_AT_ONCE } from '../../core/scores/removal-plan.js';
import { HIDDEN_FINDING, agreementFinding, contrastSentence, togetherSentence } from '../../core/scores/wording.js';
import type { Finding, FindingTexts } from '../../core/scores/wording.js';
import type { Sides } from '../../core/state/snapshot.js';
import type { Granularity } from '../../core/text/boundaries.js';
import { define, sendAction } from '../common/element.js';
import { logprob, percent, shorten, whole } from '../common/format.js';
import { controls } from '../common/styles.js';

/** A selection that is compared with another text. */
export interface ShownContrast {
  readonly text: string;
  readonly other: string;
  readonly logprobs: ContrastLogprobs | null;
}

/** What a check has found. */
export interface ShownCheck {
  readonly agreement: Agreement;
  /** What the map is called. */
  readonly map: string;
  /** Whether the map has a sign. */
  readonly signed: boolean;
  readonly texts: FindingTexts;
  /** The label of the map by removals, which is one click away; '' if it is shown or missing. */
  readonly removalMap: string;
  /** The granularity in which single words of the selection can be explained; null if the selection is no longer than that. */
  readonly words: Granularity | null;
  /** A method that removes many segments at once, for those that hide each other; null if there is none. */
  readonly jointMethod: { readonly name: string; readonly label: string } | null;
  /** The prompt with only the strongest segments; null if it cannot be run next to this one. */
  readonly kept: string | null;
  /** The passage of a long text whose removal costs most: its text, and what it does in words; null if there is none. */
  readonly passage: { readonly text: string; readonly effect: string } | null;
  /** Whether more segments can be removed. */
  readonly more: boolean;
}

/** How likely the selection is in two answers. */
export interface LikelihoodChange {
  readonly text: string;
  /** What `first` and `second` are: percentages or log-probabilities. */
  readonly measure: 'likely' | 'log-probability';
  /** What the two texts are called. */
  readonly sides: Sides;
  /** In the text before. */
  readonly first: string;
  /** In the text after. */
  readonly second: string;
  /** "24 times more likely" */
  readonly verdict: string;
}

/** What a contrast, a check and a comparison say, in words, each with the next step. */
export class SeqsalFindings extends LitElement {
  static override properties = {
    contrast: { attribute: false },
    check: { attribute: false },
    likelihood: { attribute: false },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .rows {
        max-height: 40vh;
        overflow-y: auto;
        padding: 4px 12px;
        border-top: 1px solid var(--seqsal-line);
        background: var(--seqsal-raised);
      }
      .row {
        padding-block: 1px;
      }
      .muted {
        color: var(--seqsal-muted);
      }
      .text {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      strong {
        font-weight: 500;
      }
      .disagree strong {
        color: var(--seqsal-danger);
      }
      .link {
        margin-inline-end: 8px;
        padding: 0;
        border: 0;
        background: none;
        color: var(--seqsal-accent);
        text-align: start;
        text-decoration: underline;
        text-underline-offset: 2px;
      }
      @container seqsal (width < 440px) {
        .rows {
          padding-inline: 6px;
        }
      }
    `,
  ];

  declare contrast: ShownContrast | null;
  declare check: ShownCheck | null;
  declare likelihood: LikelihoodChange | null;

  constructor() {
    super();
    this.contrast = null;
    this.check = null;
    this.likelihood = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { contrast, check, likelihood } = this;
    if (contrast === null && check === null && likelihood === null) return nothing;
    return html`<div class="rows" role="status">
      ${likelihood && renderLikelihood(likelihood)} ${contrast && this.#renderContrast(contrast)}
      ${check && this.#renderCheck(check)}
    </div>`;
  }

  #renderContrast({ text, other, logprobs }: ShownContrast): TemplateResult {
    const [own, others] = [shorten(text, 40), shorten(other, 40)];
    const words = logprobs === null ? '' : contrastSentence(logprobs);
    return html`<div class="row contrast">
      <span class="text"
        ><strong>Why “${own}” and not “${others}”?</strong> ${words} ${logprobs && renderLogprobs(logprobs)}.</span
      >
      ${this.#renderLink('End the comparison', () => {
        sendAction(this, { type: 'contrast', versus: null });
      })}
    </div>`;
  }

  #renderCheck(check: ShownCheck): TemplateResult {
    const { agreement, map, texts, removalMap, words } = check;
    const { together, verdict, rank } = agreement;
    const differs = verdict === 'disagree' || (verdict === 'agree' && rank > 1);
    return html`<div class="row ${verdict}">
        ${renderFinding(agreementFinding(agreement, texts, map))}
        ${differs && removalMap !== '' ? this.#renderMethod('Colour by removal', removalMap) : nothing}
        ${differs && words ? this.#renderWords(words) : nothing}
      </div>
      ${together && this.#renderTogether(together, check)} ${this.#renderBound(check)}`;
  }

  #renderWords(granularity: Granularity): TemplateResult {
    const title = 'The map of a longer selection mixes what its words depend on. Click the word that you ask about.';
    const act = (): void => {
      sendAction(this, { type: 'adjust', choices: { granularity } });
    };
    return this.#renderLink('Select single words', act, title);
  }

  /** What the strongest do together. What finds segments that hide each other is at the end, in the same line. */
  #renderTogether(together: TogetherEffect, { map, signed, jointMethod, kept }: ShownCheck): TemplateResult {
    const joint = jointMethod && this.#renderMethod(`Colour by ${jointMethod.label}`, jointMethod.name);
    const links = html`${kept === null ? nothing : this.#renderKeep(kept)} ${joint}`;
    return html`<div class="row muted">
        <span class="text">${togetherSentence(together, signed, map)}</span> ${together.hidden ? nothing : links}
      </div>
      ${together.hidden ? html`<div class="row">${renderFinding(HIDDEN_FINDING)} ${links}</div>` : nothing}`;
  }

  #renderKeep(prompt: string): TemplateResult {
    return this.#renderLink('Keep only the strongest', () => {
      sendAction(this, { type: 'compare', prompt });
    });
  }

  /** Says how many segments were removed, if not all. */
  #renderBound({ agreement: { removed, of }, passage, more }: ShownCheck): TemplateResult | typeof nothing {
    if (removed === of) return nothing;
    const next = whole(Math.min(MOST_AT_ONCE, of - removed));
    const which = passage === null ? 'the strongest first' : 'the strongest and those of the passages that matter most';
    return html`<div class="row muted">
      <span class="text"
        >${
          passage &&
          html`Of whole passages, the one from “${shorten(passage.text, 40)}” on costs most: without it the selection is
          ${passage.effect}. `
        }${whole(removed)}
        of ${whole(of)} segments were removed one by one, ${which}.</span
      >
      ${
        more
          ? this.#renderLink(`Remove ${next} more`, () => {
              sendAction(this, { type: 'check', more: true });
            })
          : nothing
      }
    </div>`;
  }

  #renderMethod(label: string, method: string): TemplateResult {
    return this.#renderLink(label, () => {
      sendAction(this, { type: 'adjust', choices: { method } });
    });
  }

  #renderLink(label: string, act: () => void, title = ''): TemplateResult {
    return html`<button class="link" title=${title} @click=${act}>${label}</button>`;
  }
}

function renderLikelihood({ text, sides, measure, first, second, verdict }: LikelihoodChange): TemplateResult {
  const name = html`<strong>“${shorten(text, 40)}”</strong>`;
  const [subject, is] =
    measure === 'likely'
      ? [name, (value: string) => `${value} likely`]
      : [html`The log-probability of ${name}`, String];
  return html`<div class="row likelihood">
    <span class="text"
      >${subject} is ${is(first)} in the ${sides.before} text and ${is(second)} in the ${sides.after} one:
      ${verdict}.</span
    >
  </div>`;
}

function renderFinding({ lead, text }: Finding): TemplateResult {
  return html`<span class="text"><strong>${lead}</strong> ${text}</span>`;
}

/** "(62 % and 20 %)", with log-probabilities where the percentages would be tiny. */
function renderLogprobs(logprobs: ContrastLogprobs): TemplateResult {
  const [own, other] = logprobs.map(logprob);
  const [first, second] = logprobs.map((value) => (value > Math.log(0.001) ? percent(Math.exp(value)) : null));
  const shown = first && second ? `${first} against ${second}` : `log-probability ${own ?? ''} against ${other ?? ''}`;
  return html`<span class="muted" title="Log-probabilities: ${own} and ${other}">(${shown})</span>`;
}

define('seqsal-findings', SeqsalFindings);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-findings': SeqsalFindings;
  }
}

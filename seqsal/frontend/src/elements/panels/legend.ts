import { LitElement, css, html, unsafeCSS } from 'lit';
import type { TemplateResult } from 'lit';
import type { Sides as TextNames } from '../../core/state/snapshot.js';
import type { Ramp } from '../../core/scores/colour.js';
import { STEPS } from '../../core/scores/heat.js';
import { define } from '../common/element.js';
import { shorten } from '../common/format.js';
import { controls } from '../common/styles.js';

/** The shades of a ramp, as stops of a gradient. */
function stops(ramp: Ramp): string[] {
  return Array.from({ length: STEPS }, (_, i) => `var(--seqsal-${ramp}-${String(i + 1)})`);
}

const STRENGTH = unsafeCSS(stops('strength').join());
const SIGNED = unsafeCSS([...stops('against').reverse(), ...stops('support')].join());

/** What speaks for the selection, and what for the text that it is compared with. */
export interface Sides {
  readonly selection: string;
  readonly other: string;
}

/** The meaning of the colours. For signed scores it says which side supports the selection. */
export class SeqsalLegend extends LitElement {
  static override properties = {
    signed: { type: Boolean },
    difference: { attribute: false },
    sides: { attribute: false },
  };

  static override styles = [
    controls,
    css`
      :host {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        white-space: nowrap;
        color: var(--seqsal-muted);
      }
      .bar {
        width: 60px;
        height: 10px;
        border: 1px solid var(--seqsal-line);
        border-radius: 3px;
      }
      .strength {
        background: linear-gradient(to right, ${STRENGTH});
      }
      .signed {
        width: 100px;
        background: linear-gradient(to right, ${SIGNED});
      }
      .short {
        display: none;
      }
      @container (width < 800px) {
        .long {
          display: none;
        }
        .short {
          display: inline;
        }
      }
      @container (width < 440px) {
        .bar {
          width: 40px;
        }
      }
    `,
  ];

  declare signed: boolean;
  /** What the two texts are called, if the colours are changes of scores; else null. */
  declare difference: TextNames | null;
  /** What the two signs speak for; null if the selection is not compared with anything. */
  declare sides: Sides | null;

  constructor() {
    super();
    this.signed = false;
    this.difference = null;
    this.sides = null;
  }

  protected override render(): TemplateResult {
    if (this.difference) return this.#renderDifference(this.difference);
    if (!this.signed) return this.#renderStrength();
    return this.sides === null ? this.#renderSigned() : this.#renderSides(this.sides);
  }

  #renderStrength(): TemplateResult {
    return html`<span><span class="long">depends on it </span>less</span>
      <span class="bar strength" aria-hidden="true"></span>
      <span>more</span>`;
  }

  #renderDifference(difference: TextNames): TemplateResult {
    return html`<span title="The score is lower in the ${difference.after} text than in the ${difference.before} one"
        >− lost</span
      >
      <span class="bar signed" aria-hidden="true"></span>
      <span title="The score is higher in the ${difference.after} text than in the ${difference.before} one"
        >+ gained<span class="long"> in the ${difference.after} text</span></span
      >`;
  }

  #renderSigned(): TemplateResult {
    return html`<span title="A negative score speaks against the selection">− against</span>
      <span class="bar signed" aria-hidden="true"></span>
      <span title="A positive score supports the selection"
        ><span class="long">positive supports the selection</span><span class="short">+ supports</span></span
      >`;
  }

  #renderSides(sides: Sides): TemplateResult {
    const [selection, other] = namesOf(sides);
    return html`<span title="A negative score speaks for the other text">− for ${other}</span>
      <span class="bar signed" aria-hidden="true"></span>
      <span title="A positive score speaks for the selection">+ for ${selection}</span>`;
  }
}

/** The two texts, or what they are if they look the same when they are short. */
function namesOf({ selection, other }: Sides): [string, string] {
  const [first, second] = [shorten(selection, 14), shorten(other, 14)];
  return first === second ? ['the selection', 'the other text'] : [`“${first}”`, `“${second}”`];
}

define('seqsal-legend', SeqsalLegend);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-legend': SeqsalLegend;
  }
}

import { LitElement, css, html, nothing, unsafeCSS } from 'lit';
import type { TemplateResult } from 'lit';
import type { ShownChanges } from '../../core/state/shown-changes.js';
import type { Change, ChangeKind } from '../../core/text/changes.js';
import type { SideBySide } from '../../core/state/view-state.js';
import { define, sendAction } from '../common/element.js';
import { whole } from '../common/format.js';
import { controls } from '../common/styles.js';
import '../common/choice.js';
import type { Option } from '../common/choice.js';
import { CHANGE_RULES } from '../text/changes-painter.js';

const COLOURS: readonly Option[] = [
  { value: 'separate', label: 'Own scale', help: 'Each text has its own strongest colour.' },
  { value: 'shared', label: 'One scale', help: 'The same score has the same colour in both texts.' },
  {
    value: 'difference',
    label: 'Difference',
    help: 'The colour is how much the score of each segment changed: after minus before.',
  },
];

const KINDS: readonly ChangeKind[] = ['added', 'removed', 'moved'];

/** One line: how a text differs from the one next to it, and buttons that go through the changes. */
export class SeqsalChanges extends LitElement {
  static override properties = { changes: { attribute: false }, sideBySide: {}, obstacle: {} };

  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      p {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 10px;
        margin: 0;
        padding: 3px 12px;
        border-bottom: 1px solid var(--seqsal-line);
        background: var(--seqsal-raised);
        font-size: 12px;
        line-height: 18px;
        color: var(--seqsal-muted);
      }
      .steps {
        display: flex;
        gap: 4px;
      }
      .colours {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 8px;
        margin-inline-start: auto;
      }
      .steps button {
        padding: 0 8px;
        line-height: 18px;
      }
      .short {
        display: none;
      }
      @container seqsal (width < 440px) {
        .than {
          position: absolute;
          clip-path: inset(50%);
        }
        .long {
          display: none;
        }
        .short {
          display: inline;
        }
      }
      ${unsafeCSS(CHANGE_RULES)}
    `,
  ];

  /** Null if nothing is next to the text. */
  declare changes: ShownChanges | null;
  declare sideBySide: SideBySide;
  /** Why the heat of the two texts cannot be compared; '' if it can. */
  declare obstacle: string;

  constructor() {
    super();
    this.changes = null;
    this.sideBySide = 'separate';
    this.obstacle = '';
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.changes === null) return nothing;
    const { here, there, otherIsBefore, sides } = this.changes;
    const than = `the ${otherIsBefore ? sides.before : sides.after} text`;
    const same = here.length + there.length === 0;
    const kinds = KINDS.map((kind) => this.#renderKind(kind, here)).filter((each) => each !== nothing);
    const words = same
      ? html`No difference from ${than}.`
      : here.length === 0
        ? html`No text that ${than} does not have`
        : html`<span class="than">Against ${than}: </span>${kinds}`;
    return html`<p>
      <span role="status">${words}</span>
      ${here.length === 0 ? nothing : this.#renderSteps()} ${this.#renderColours()}
    </p>`;
  }

  #renderSteps(): TemplateResult {
    return html`<span class="steps">
      ${this.#renderStep(-1, 'Previous', '‹', 'To the change before (Shift+D)')}
      ${this.#renderStep(1, 'Next', '›', 'To the next change (D)')}
    </span>`;
  }

  #renderStep(direction: 1 | -1, name: string, symbol: string, help: string): TemplateResult {
    return html`<button class="button" title=${help} aria-label=${name} @click=${this.#step(direction)}>
      <span class="long">${name}</span><span class="short">${symbol}</span>
    </button>`;
  }

  #renderColours(): TemplateResult {
    const waiting = this.sideBySide !== 'separate' && this.obstacle !== '';
    return html`<span class="colours">
      <seqsal-choice
        label="Colours of the two texts"
        .options=${COLOURS}
        .value=${this.sideBySide}
        collapses
        @choose=${(event: CustomEvent<string>) => {
          sendAction(this, { type: 'adjust', choices: { sideBySide: event.detail as SideBySide } });
        }}
      ></seqsal-choice>
      ${waiting ? html`<span role="status">${this.obstacle}</span>` : nothing}
    </span>`;
  }

  #renderKind(kind: ChangeKind, changes: readonly Change[]): TemplateResult | typeof nothing {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0
      ? nothing
      : html`<span class="kind">${whole(count)} <span class="sample ${kind}">${kind}</span> </span>`;
  }

  #step(direction: 1 | -1): () => void {
    return () => {
      this.dispatchEvent(new CustomEvent<1 | -1>('seqsal-change', { detail: direction }));
    };
  }
}

define('seqsal-changes', SeqsalChanges);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-changes': SeqsalChanges;
  }
}

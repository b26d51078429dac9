import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { standingOf } from '../core/aggregate.js';
import { makeDerive } from '../core/derive.js';
import type { Derived } from '../core/derive.js';
import type { Snapshot } from '../core/store.js';
import type { TokenizedText } from '../core/tokens.js';
import { hintFor } from './hints.js';
import './legend.js';
import './overview.js';
import './readout.js';
import './status.js';
import { controls, palette } from './styles.js';
import './text.js';
import type { SeqsalText } from './text.js';
import './toolbar.js';
import { viewStyles } from './view-styles.js';

/** The whole module: a snapshot in, `seqsal-action` events out. */
export class SeqsalView extends LitElement {
  static override properties = {
    snapshot: { attribute: false },
    theme: { reflect: true },
    problem: {},
    pointed: { state: true },
  };

  static override styles = [palette, controls, viewStyles];

  declare snapshot: Snapshot | null;
  declare theme: 'light' | 'dark';
  /** Why this model cannot be explained at all, or ''. */
  declare problem: string;
  /** The segment under the pointer or the focus. */
  declare private pointed: number | null;
  readonly #derive = makeDerive();
  #tokens: TokenizedText | null = null;
  #turnedTo: number | null = null;

  constructor() {
    super();
    this.snapshot = null;
    this.theme = 'light';
    this.problem = '';
    this.pointed = null;
  }

  /** The text is what scrolls here; a host that keeps several views in step moves it through these. */
  override get scrollTop(): number {
    return this.#text?.scrollTop ?? 0;
  }

  override set scrollTop(top: number) {
    if (this.#text) this.#text.scrollTop = top;
  }

  /** Told to the host only if the user scrolled: a view that turns to its answer must not move the one beside it. */
  readonly #onScroll = (): void => {
    if (this.#text?.scrollTop !== this.#turnedTo) this.dispatchEvent(new Event('scroll'));
    this.#turnedTo = null;
  };

  get #text(): SeqsalText | null {
    return this.renderRoot.querySelector('seqsal-text');
  }

  protected override render(): TemplateResult {
    const { snapshot } = this;
    if (this.problem !== '') return renderEmpty('No salience for this model', this.problem);
    if (!snapshot?.example) {
      const next = 'The model’s answer appears here. A click on it shows which parts of the prompt it leaned on.';
      return renderEmpty('Choose a prompt in the Data Table', `Or write one in the Editor. ${next}`);
    }
    const derived = this.#derive(snapshot);
    return html`
      <seqsal-toolbar
        .sequences=${snapshot.sequences}
        .sequence=${snapshot.sequence}
        .generating=${snapshot.generation.status === 'pending'}
        .methods=${snapshot.methods}
        .state=${snapshot.state}
        .problem=${snapshot.pattern.status === 'error' ? snapshot.pattern.reason : ''}
      ></seqsal-toolbar>
      ${this.#renderText(snapshot, derived)}
      <seqsal-status work="generation" .request=${snapshot.generation}></seqsal-status>
      <seqsal-status work="tokens" .request=${snapshot.tokens}></seqsal-status>
      <seqsal-status work="salience" .request=${snapshot.salience}></seqsal-status>
      ${this.#renderFooter(snapshot, derived)}
    `;
  }

  #renderText({ example, sequence, state }: Snapshot, derived: Derived): TemplateResult {
    return html`<div class="middle">
      <seqsal-text
        .prompt=${example?.prompt ?? ''}
        .target=${sequence?.text ?? ''}
        .targetLabel=${sequence?.source === 'dataset' ? 'Target' : 'Response'}
        .segments=${derived.segments}
        .levels=${derived.levels}
        .signed=${derived.signed}
        .selected=${derived.selected}
        .selection=${state.selection}
        .density=${state.density}
        .marking=${state.marking}
        .special=${state.granularity.unit === 'tokens'}
        @seqsal-point=${(event: CustomEvent<number | null>) => (this.pointed = event.detail)}
        @scroll=${this.#onScroll}
      ></seqsal-text>
      <seqsal-overview
        .text=${this.#text}
        .segments=${derived.segments}
        .levels=${derived.levels}
        .signed=${derived.signed}
        .selected=${derived.selected}
        .layout=${`${state.density} ${state.marking}`}
      ></seqsal-overview>
    </div>`;
  }

  #renderFooter(snapshot: Snapshot, { values, signed, concentration }: Derived): TemplateResult {
    const { selection } = snapshot.state;
    const standing = values && this.pointed !== null ? standingOf(values, this.pointed) : null;
    return html`<footer>
      <seqsal-readout
        .explained=${selection ? selectedText(snapshot) : ''}
        .concentration=${concentration}
        .standing=${standing}
        .hint=${hintFor(snapshot)}
      ></seqsal-readout>
      ${values ? html`<seqsal-legend .signed=${signed}></seqsal-legend>` : nothing}
    </footer>`;
  }

  /** A new answer at the end of a long prompt would be out of sight. */
  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('snapshot')) return;
    const tokens = this.snapshot?.tokens.status === 'ready' ? this.snapshot.tokens.value : null;
    if (tokens === this.#tokens) return;
    this.#tokens = tokens;
    this.pointed = null;
    if (tokens) void this.#turnToAnswer();
  }

  async #turnToAnswer(): Promise<void> {
    const text = this.#text;
    await text?.updateComplete;
    text?.revealTarget();
    this.#turnedTo = text?.scrollTop ?? null;
  }
}

function renderEmpty(title: string, text: string): TemplateResult {
  return html`<div class="empty">
    <h2>${title}</h2>
    <p>${text}</p>
  </div>`;
}

function selectedText({ tokens, state }: Snapshot): string {
  if (tokens.status !== 'ready' || state.selection === null) return '';
  const { offsets, text } = tokens.value;
  const start = offsets[state.selection.start]?.start ?? 0;
  const end = offsets[state.selection.end - 1]?.end ?? start;
  return text.slice(start, end);
}

customElements.define('seqsal-view', SeqsalView);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-view': SeqsalView;
  }
}

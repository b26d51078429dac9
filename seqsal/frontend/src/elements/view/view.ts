import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { makeDerive } from '../../core/state/derive.js';
import { makeComparedHeat } from '../../core/state/compared-heat.js';
import { makeShownChanges } from '../../core/state/shown-changes.js';
import type { Derived } from '../../core/state/derive.js';
import type { Snapshot } from '../../core/state/snapshot.js';
import type { Change } from '../../core/text/changes.js';
import type { TokenizedText } from '../../core/text/tokens.js';
import { define, sendAction } from '../common/element.js';
import { controls, heading, palette } from '../common/styles.js';
import '../panels/alternatives.js';
import '../panels/segment-menu.js';
import type { ShownTrail } from '../panels/trail.js';
import type { MenuRequest, TokenRequest } from '../text/offers.js';
import { jumpOf } from '../text/steps.js';
import type { Jump } from '../text/steps.js';
import '../text/text.js';
import type { SeqsalText } from '../text/text.js';
import { NO_OUTCOME, saveOptions, save } from '../toolbar/saving.js';
import type { Outcome, SaveOption } from '../toolbar/saving.js';
import { menuIn, panelsIn, tokenIn } from './check-parts.js';
import { alignTo, placeAtTop } from './aligned-scroll.js';
import type { AlignedPlace } from './aligned-scroll.js';
import { paintedIn, renderChanges } from './compared.js';
import { renderFooter } from './footer.js';
import { copy } from './copy.js';
import { renderEmpty, renderStart } from './hints.js';
import { renderMiddle, renderOverview } from './overview.js';
import { captionsFor, explainedIn, targetIn, partialAnswer } from './parts.js';
import { messagesIn, showsSpecial } from './messages.js';
import { jumpFrom } from './jumps.js';
import { makeRanking } from './ranking.js';
import { viewStyles } from './styles.js';
import { thinkingIn } from './thinking.js';
import { renderToolbar } from './toolbar.js';
import { UserScroll } from './user-scroll.js';

const NO_CHANGES: readonly Change[] = [];

/** In a narrower view the list of the strongest segments takes the place of the text. */
const ROOM_FOR_LIST = 560;

/** The whole module: takes a snapshot and dispatches `seqsal-action` events. */
export class SeqsalView extends LitElement {
  static override properties = {
    snapshot: { attribute: false },
    trail: { attribute: false },
    theme: { reflect: true },
    problem: {},
    viewScript: { attribute: false },
    link: { attribute: false },
    pointed: { state: true },
    outcome: { state: true },
  };

  static override styles = [palette, controls, heading, viewStyles];

  declare snapshot: Snapshot | null;
  /** The versions of the prompt; null if there are none besides this one. */
  declare trail: ShownTrail | null;
  declare theme: 'light' | 'dark';
  /** Why this model cannot be explained at all, or ''. */
  declare problem: string;
  /** Loads the text of seqsal-view.js, for saving a page; null if it is not available. */
  declare viewScript: (() => Promise<string>) | null;
  /** An address that shows the same; null if there is none. */
  declare link: (() => string) | null;
  /** The segment under the pointer or the focus. */
  declare private pointed: number | null;
  /** The outcome of saving. */
  declare private outcome: Outcome;
  readonly #derive = makeDerive();
  readonly #changesIn = makeShownChanges();
  readonly #heatIn = makeComparedHeat();
  readonly #renderRanking = makeRanking({
    menu: (event) => {
      this.#onMenu(event);
    },
    go: (index) => {
      this.#goTo(index);
    },
    jump: (jump) => this.#jump(jump),
  });
  #tokens: TokenizedText | null = null;
  readonly #scrolling = new UserScroll();

  constructor() {
    super();
    [this.snapshot, this.trail] = [null, null];
    this.theme = 'light';
    this.problem = '';
    this.viewScript = null;
    this.link = null;
    this.pointed = null;
    this.outcome = NO_OUTCOME;
    this.addEventListener('keydown', this.#onKey);
    // Selected segments are not a selection of the browser.
    this.addEventListener('copy', (event) => {
      copy(event, this.snapshot && explainedIn(this.snapshot));
    });
  }

  /** The scroll position of the text. LIT uses it to synchronize views side by side. */
  override get scrollTop(): number {
    return this.#text?.scrollTop ?? 0;
  }

  override set scrollTop(top: number) {
    if (this.#text) this.#text.scrollTop = top;
  }

  /** Scrolls so that a place is as far below the top as it is in the view next to this one. */
  alignTo(place: AlignedPlace): void {
    if (this.#text) alignTo(this.#text, place);
  }

  /**
   * Only if the user scrolled: a view that reveals its answer must not scroll the one next to it. Between versions of one text the
   * event is `seqsal-scroll`, with an `AlignedPlace`, instead of `scroll`.
   */
  readonly #onScroll = (): void => {
    const [{ snapshot }, text] = [this, this.#text];
    if (!this.#scrolling.isUserScroll() || !snapshot || !text) return;
    const heat = this.#heatIn(snapshot, this.#derive(snapshot), this.#changesIn(snapshot));
    const detail = heat && placeAtTop(text, heat.counterparts);
    this.dispatchEvent(detail ? new CustomEvent<AlignedPlace>('seqsal-scroll', { detail }) : new Event('scroll'));
  };

  get #text(): SeqsalText | null {
    return this.renderRoot.querySelector('seqsal-text');
  }

  protected override render(): TemplateResult {
    const { snapshot } = this;
    if (this.problem !== '') return renderEmpty('No salience for this model', this.problem);
    if (!snapshot?.example) return renderStart();
    const [derived, { token, range }] = [this.#derive(snapshot), tokenIn(snapshot)];
    const changes = this.#changesIn(snapshot);
    const heat = this.#heatIn(snapshot, derived, changes);
    return html`
      ${renderToolbar(snapshot, saveOptions(snapshot, this.viewScript, this.link), this.outcome, this.#onSave)}
      ${renderChanges(changes, heat, snapshot, (direction) => this.#jump({ among: 'changes', direction }))}
      <div class="body">
        ${this.#renderText(snapshot, paintedIn(derived, heat))}
        ${snapshot.state.ranking ? this.#renderRanking(snapshot, derived) : nothing}
      </div>
      ${renderFooter(snapshot, derived, { pointed: this.pointed, heat, trail: this.trail }, this.#onCheck)}
      <seqsal-segment-menu></seqsal-segment-menu>
      <seqsal-alternatives .alternatives=${snapshot.alternatives} .token=${token} .range=${range}></seqsal-alternatives>
    `;
  }

  #renderText(snapshot: Snapshot, derived: Derived): TemplateResult {
    const { example, sequence, state, tokens, logprobs, hasLogprobs } = snapshot;
    const [target, { input }] = [targetIn(snapshot), this.#scrolling];
    const text = html`<seqsal-text
      id="text"
      .prompt=${example?.prompt ?? ''}
      .target=${target.text}
      .targetLabel=${target.label}
      ?writing=${target.is === 'writing'}
      ?stopped=${target.is === 'stopped'}
      .segments=${derived.segments}
      .tokens=${tokens.status === 'ready' ? tokens.value : null}
      .levels=${derived.levels}
      .signed=${derived.signed}
      .changes=${this.#changesIn(snapshot)?.here ?? NO_CHANGES}
      .marks=${derived.marks}
      .anchorSpan=${state.anchor}
      .certainty=${hasLogprobs && sequence ? state.certainty : null}
      .logprobs=${logprobs.status === 'ready' ? logprobs.value : null}
      .density=${state.density}
      .marking=${state.marking}
      .messages=${messagesIn(snapshot)}
      .special=${showsSpecial(snapshot)}
      .thinking=${thinkingIn(snapshot, derived)}
      .edit=${snapshot.offers.comparison ? snapshot.edit : undefined}
      @seqsal-menu=${this.#onMenu}
      @seqsal-token=${this.#onToken}
      @seqsal-point=${(event: CustomEvent<number | null>) => (this.pointed = event.detail)}
      @scroll=${this.#onScroll}
    ></seqsal-text>`;
    return renderMiddle(text, renderOverview(this.#text, `${state.density} ${state.marking}`, derived), input);
  }

  #goTo(index: number): void {
    this.#scrolling.userActed();
    this.#text?.reveal(index);
    this.pointed = index;
  }

  /** Goes to another segment, and says whether there is one. */
  #jump(jump: Jump): boolean {
    const [{ snapshot }, text] = [this, this.#text];
    if (!snapshot || !text) return false;
    const next = jumpFrom(text.current, jump, this.#derive(snapshot), this.#changesIn(snapshot)?.here ?? NO_CHANGES);
    if (next === null) return false;
    const focused = text.matches(':focus-within');
    this.#goTo(next);
    if (focused) text.focusSegment(next);
    return true;
  }

  /** Opens the list, which shows the effects as they arrive, if there is room for it. */
  readonly #onCheck = (): void => {
    if (this.clientWidth >= ROOM_FOR_LIST) sendAction(this, { type: 'adjust', choices: { ranking: true } });
    sendAction(this, { type: 'check' });
  };

  readonly #onMenu = (event: CustomEvent<MenuRequest>): void => {
    const { index, rect } = event.detail;
    const menu = this.snapshot && menuIn(this.snapshot, this.#derive(this.snapshot), index);
    if (menu === null) return;
    event.preventDefault();
    void this.renderRoot.querySelector('seqsal-segment-menu')?.open(menu, rect);
  };

  readonly #onToken = ({ detail: { position, rect } }: CustomEvent<TokenRequest>): void => {
    if (!this.snapshot?.offers.alternatives) return;
    sendAction(this, { type: 'alternatives', position });
    void this.renderRoot.querySelector('seqsal-alternatives')?.open(rect);
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const jump = jumpOf(event);
    if (jump === null || !this.#jump(jump)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onSave = (event: CustomEvent<SaveOption>): void => {
    void this.#save(event.detail);
  };

  async #save(kind: SaveOption): Promise<void> {
    const { snapshot, viewScript, link } = this;
    const text = this.#text;
    if (!snapshot || !text) return;
    const derived = this.#derive(snapshot);
    const captions = captionsFor(snapshot, derived, this.#heatIn(snapshot, derived, this.#changesIn(snapshot)));
    this.outcome = await save(kind, { snapshot, viewScript, link, measure: () => text.measure(captions) });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('snapshot')) return;
    // The index of a segment is invalid after the segmentation has changed.
    if (changed.get('snapshot')?.segmentation !== this.snapshot?.segmentation) this.pointed = null;
    const tokens = this.snapshot?.tokens.status === 'ready' ? this.snapshot.tokens.value : null;
    if (tokens === this.#tokens) return;
    [this.#tokens, this.pointed, this.outcome] = [tokens, null, NO_OUTCOME];
  }

  protected override updated(): void {
    this.#scrolling.watch(this.#text);
    const { snapshot } = this;
    void this.#scrolling.keepInView(
      snapshot ? panelsIn(snapshot, this.#derive(snapshot), this.#changesIn(snapshot), this.trail) : 0,
      (snapshot?.edit ?? null) !== null,
    );
    const growing = this.snapshot && partialAnswer(this.snapshot) !== '' ? this.snapshot.example : null;
    void this.#scrolling.revealAnswer(this.#tokens ?? growing, growing !== null);
  }
}

define('seqsal-view', SeqsalView);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-view': SeqsalView;
  }
}

import { LitElement, html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { trailLines, trailPage, firstLine } from '../../core/saved/trail.js';
import { checkWords } from '../../core/trail/answer-check.js';
import type { AnswerCheck, Verdict } from '../../core/trail/answer-check.js';
import type { ShownTry, Trail } from '../../core/trail/book.js';
import { define } from '../common/element.js';
import { download } from '../common/download.js';
import { shorten } from '../common/format.js';
import { controls } from '../common/styles.js';
import './answer-checks.js';
import { trailStyles } from './trail-styles.js';

/** What the user did with the tries of a prompt. */
export type TrailAction =
  /** Shows a version, or shows it next to the one on the screen. */
  | { readonly type: 'visit'; readonly id: string; readonly beside: boolean }
  | { readonly type: 'star'; readonly id: string; readonly on: boolean }
  | { readonly type: 'hide'; readonly id: string; readonly on: boolean }
  | { readonly type: 'show-hidden' }
  | { readonly type: 'check'; readonly checks: readonly AnswerCheck[] };

/** A trail as one view shows it. */
export interface ShownTrail extends Trail {
  readonly model: string;
  /** The id of the version on the screen. */
  readonly current: string;
  /** The id of the version next to it; null if it is shown alone. */
  readonly beside: string | null;
}

const INDENT_PX = 14;
const MOST_INDENTS = 6;

/** The versions of a prompt as a tree: what each changed, how the model answered it, and whether the answer meets the checks. */
export class SeqsalTrail extends LitElement {
  static override properties = { trail: { attribute: false }, folded: { state: true } };

  static override styles = [controls, trailStyles];

  /** Null if there is nothing to list. */
  declare trail: ShownTrail | null;
  declare private folded: boolean;
  #focused: string | null = null;

  constructor() {
    super();
    [this.trail, this.folded] = [null, false];
  }

  protected override render(): TemplateResult | typeof nothing {
    const { trail } = this;
    if (trail === null) return nothing;
    return html`<section aria-label="Tries">
      ${this.#renderHead(trail)}
      ${
        this.folded
          ? nothing
          : html`${trail.problem === '' ? nothing : html`<p class="problem" role="alert">${trail.problem}</p>`}
              <div role="tree" aria-label="Tries of this prompt" @keydown=${this.#onKey}>
                ${trail.tries.map((each) => this.#renderTry(each, trail))}
              </div>`
      }
    </section>`;
  }

  #renderHead(trail: ShownTrail): TemplateResult {
    const count = trail.tries.length;
    return html`<div class="head">
      <button
        class="fold"
        aria-expanded=${this.folded ? 'false' : 'true'}
        @click=${() => {
          this.folded = !this.folded;
        }}
      >
        ${this.folded ? '▸' : '▾'} ${String(count)} ${count === 1 ? 'try' : 'tries'}
      </button>
      <seqsal-answer-checks
        .checks=${trail.checks}
        @seqsal-checks=${(event: CustomEvent<readonly AnswerCheck[]>) => {
          this.#send({ type: 'check', checks: event.detail });
        }}
      ></seqsal-answer-checks>
      ${this.#renderTools(trail)}
    </div>`;
  }

  #renderTools(trail: ShownTrail): TemplateResult {
    return html`<span class="tools">
      ${
        trail.hidden === 0
          ? nothing
          : html`<button class="link" @click=${this.#act({ type: 'show-hidden' })}>
              Show ${String(trail.hidden)} hidden
            </button>`
      }
      <button
        class="link"
        title="All tries with their answers and checks, as one page"
        @click=${() => download(new Blob([trailPage(trail, trail.model)], { type: 'text/html' }), 'tries.html')}
      >
        Save page
      </button>
      <button
        class="link"
        title="All tries as JSON Lines, one line each"
        @click=${() => download(new Blob([trailLines(trail, trail.model)], { type: 'application/jsonl' }), 'tries.jsonl')}
      >
        JSONL
      </button>
    </span>`;
  }

  #renderTry(each: ShownTry, trail: ShownTrail): TemplateResult {
    const { version, number, depth, summary, answer } = each;
    const { id } = version;
    const current = id === trail.current;
    const name = summary === '' ? 'First version' : summary;
    return html`<div
      role="treeitem"
      data-id=${id}
      aria-level=${depth + 1}
      aria-selected=${current ? 'true' : 'false'}
      aria-label=${labelOf(each, trail)}
      tabindex=${id === this.#stop(trail) ? 0 : -1}
      title="${name}&#10;Click to show it, Shift-click to compare it with the one on the screen"
      @click=${(event: MouseEvent) => {
        this.#send({ type: 'visit', id, beside: event.shiftKey });
      }}
    >
      <span class="number">${String(number)}</span>
      <span class="change" style="padding-inline-start: ${Math.min(depth, MOST_INDENTS) * INDENT_PX}px">
        <span class="name" dir="auto">${name}</span
        >${id === trail.beside ? html` <span class="beside">pinned</span>` : nothing}
      </span>
      <span class="verdicts">${trail.checks.map((check, i) => renderVerdict(check, each.verdicts[i] ?? null))}</span>
      <span class="answer" dir="auto">${answer === null ? noAnswer(each) : firstLine(answer)}</span>
      ${this.#renderButtons(each, current)}
    </div>`;
  }

  #renderButtons({ version: { id }, number, depth, starred }: ShownTry, current: boolean): TemplateResult {
    return html`<button
        tabindex="-1"
        aria-label=${starred ? `Remove the star of try ${String(number)}` : `Star try ${String(number)}`}
        aria-pressed=${starred ? 'true' : 'false'}
        title="Star (S)"
        @click=${this.#act({ type: 'star', id, on: !starred })}
      >
        ${starred ? '★' : '☆'}
      </button>
      ${
        current || depth === 0
          ? html`<span class="gap"></span>`
          : html`<button
              tabindex="-1"
              aria-label="Hide try ${String(number)}"
              title="Hide (Delete)"
              @click=${this.#act({ type: 'hide', id, on: true })}
            >
              ×
            </button>`
      }`;
  }

  /** The try that the Tab key reaches. */
  #stop({ tries, current }: ShownTrail): string {
    const focused = this.#focused;
    return focused !== null && tries.some(({ version }) => version.id === focused) ? focused : current;
  }

  #act(action: TrailAction): (event: Event) => void {
    return (event) => {
      event.stopPropagation();
      this.#send(action);
    };
  }

  #send(detail: TrailAction): void {
    this.dispatchEvent(new CustomEvent<TrailAction>('seqsal-trail', { detail, bubbles: true, composed: true }));
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const item = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[role=treeitem]') : null;
    const id = item?.dataset['id'];
    const tried = this.trail?.tries.find(({ version }) => version.id === id);
    if (!item || !tried || event.target !== item) return;
    const action = actionOf(event, tried);
    const next = neighbourOf(event.key, item);
    if (action === null && next === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (action) this.#send(action);
    if (next) this.#focus(next);
  };

  #focus(item: HTMLElement): void {
    this.#focused = item.dataset['id'] ?? null;
    this.requestUpdate();
    item.focus();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('trail')) return;
    const before = changed.get('trail');
    if (before?.current !== this.trail?.current || before?.tries.length !== this.trail?.tries.length) {
      this.renderRoot.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
    }
  }
}

function actionOf({ key, shiftKey }: KeyboardEvent, { version: { id }, starred, depth }: ShownTry): TrailAction | null {
  if (key === 'Enter') return { type: 'visit', id, beside: shiftKey };
  if (key === 's' || key === 'S') return { type: 'star', id, on: !starred };
  return key === 'Delete' && depth > 0 ? { type: 'hide', id, on: true } : null;
}

function neighbourOf(key: string, item: HTMLElement): HTMLElement | null {
  const items = [...(item.parentElement?.querySelectorAll<HTMLElement>('[role=treeitem]') ?? [])];
  const at = items.indexOf(item);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[key];
  return to === undefined ? null : (items[to] ?? null);
}

function noAnswer({ failure }: ShownTry): TemplateResult | string {
  return failure === '' ? '…' : html`<span class="failed" title=${failure}>No answer: ${firstLine(failure)}</span>`;
}

function labelOf(each: ShownTry, { checks }: ShownTrail): string {
  const { number, summary, answer, failure, starred, verdicts } = each;
  const met = checks.map((check, i) => `${checkWords(check)}: ${verdictWords(verdicts[i] ?? null)}`);
  const parts = [
    `Try ${String(number)}${starred ? ', starred' : ''}: ${summary === '' ? 'first version' : summary}`,
    answer !== null
      ? `answer: ${shorten(firstLine(answer), 80)}`
      : failure === ''
        ? 'no answer yet'
        : `no answer: ${shorten(firstLine(failure), 80)}`,
    ...met,
  ];
  return parts.join('. ');
}

function verdictWords(verdict: Verdict | null): string {
  if (verdict === null) return 'not checked yet';
  return verdict.is === 'unknown' ? verdict.reason : verdict.is === 'pass' ? 'passes' : 'fails';
}

function renderVerdict(check: AnswerCheck, verdict: Verdict | null): TemplateResult {
  const sign = verdict === null ? '·' : { pass: '✓', fail: '✗', unknown: '?' }[verdict.is];
  return html`<span class=${verdict?.is ?? 'open'} title="${checkWords(check)}: ${verdictWords(verdict)}"
    >${sign}</span
  >`;
}

define('seqsal-trail', SeqsalTrail);

declare global {
  interface HTMLElementTagNameMap {
    'seqsal-trail': SeqsalTrail;
  }
}

import { removableSegments, scaleScores } from '../scores/aggregate.js';
import type { ScoredSelection, Subject } from '../scores/cache.js';
import { subjectKey } from '../scores/cache.js';
import { REMOVAL_METHOD, checkOf, emptyCheck, sameSegments } from '../scores/check.js';
import type { Logprobs } from '../scores/certainty.js';
import type { Versus } from '../scores/contrast.js';
import { mapMethod, methodNamed, scoresSegments } from '../scores/methods.js';
import type { Scores } from '../scores/methods.js';
import { passagesOf } from '../scores/passages.js';
import { planRemovals } from '../scores/removal-plan.js';
import type { Segmentation } from '../text/boundaries.js';
import { segmentTokens } from '../text/segments.js';
import type { Segment } from '../text/segment.js';
import { precedes } from '../text/thinking.js';
import { marksOf } from '../text/token-set.js';
import type { TokenSet } from '../text/token-set.js';
import type { Span } from '../text/span.js';
import { AlternativesLoader } from './alternatives.js';
import type { Alternatives } from './alternatives.js';
import { Certainty } from './certainty.js';
import { memo } from './memo.js';
import { runRemovals } from './removal-run.js';
import type { Checkable } from './removal-run.js';
import { RequestSlot } from './request.js';
import type { Request, RequestKind } from './request.js';
import { ScoreLoader } from './score-loader.js';
import type { Scorable, Wanted } from './score-loader.js';
import { TotalsLoader } from './totals.js';
import type { ViewState } from './view-state.js';

/** What the explanation of a selection depends on, besides the sequence. */
export interface Scene {
  readonly state: ViewState;
  readonly segmentation: Segmentation;
  /** Whether another view is next to this one. */
  readonly compared: boolean;
}

export type ExplanationRequest = Extract<RequestKind, 'salience' | 'check' | 'contrast' | 'logprobs'>;

/** What the view draws of the explanation. */
export interface ExplanationSnapshot {
  readonly salience: Request<Scores>;
  /** All that is known of the selection, with checks and the log-probabilities of a contrast; null if nothing is. */
  readonly scored: ScoredSelection | null;
  /** A check by removing segments; its effects are in `scored`. */
  readonly check: Request<null>;
  /** A contrast that is being loaded. Until it is there, the view stays as it is. */
  readonly contrast: Request<null>;
  /** Idle until they are requested. */
  readonly logprobs: Request<Logprobs>;
  /** What the model could have written at one position; null if it is not shown. */
  readonly alternatives: Alternatives | null;
  /** The selections of this sequence whose scores are cached. */
  readonly cached: Iterable<ScoredSelection>;
}

/** Everything that is requested about one sequence and its selection: scores, certainty, removals, contrasts and alternatives. */
export class Explanation {
  readonly scores: ScoreLoader;
  readonly check: RequestSlot<null>;
  readonly contrast: RequestSlot<null>;
  readonly certainty: Certainty;
  readonly alternatives: AlternativesLoader;
  readonly #totals: TotalsLoader;
  readonly #scene: () => Scene;
  readonly #segmentsOf = memo(segmentTokens);
  /** What the running or last check is about. */
  #checked: { readonly key: string; readonly segments: readonly Span[] } | null = null;
  #retryContrast: () => Promise<void> = () => Promise.resolve();

  /** While `busy`, no prefetch begins. */
  constructor(changed: () => void, busy: () => boolean, scene: () => Scene) {
    this.#scene = scene;
    this.scores = new ScoreLoader(
      () => {
        this.#checkIfShown();
        this.#loadTotal();
        changed();
      },
      () => busy() || this.check.pending || this.contrast.pending || this.certainty.pending,
    );
    const changedAndIdle = (): void => {
      this.scores.resumePrefetch();
      changed();
    };
    this.check = new RequestSlot(changedAndIdle);
    this.contrast = new RequestSlot(changedAndIdle);
    this.certainty = new Certainty(changedAndIdle);
    this.alternatives = new AlternativesLoader(changed);
    this.#totals = new TotalsLoader(changedAndIdle);
  }

  get snapshot(): ExplanationSnapshot {
    return {
      salience: this.scores.salience,
      scored: this.#scored,
      cached: this.scores.cache.entries,
      check: this.check.state,
      contrast: this.contrast.state,
      logprobs: this.certainty.state,
      alternatives: this.alternatives.shown,
    };
  }

  get #scored(): ScoredSelection | null {
    const subject = this.#subject;
    return subject && (this.scores.cache.get(subject) ?? null);
  }

  /** Turns to another sequence, or to none. */
  open(scorable: Scorable | null): void {
    this.alternatives.open(scorable);
    this.scores.open(scorable);
    this.check.reset();
    this.contrast.reset();
    this.certainty.reset();
    this.#totals.reset();
  }

  /** Requests what the present selection, method and segments need, and cancels what they no longer need. */
  update(): void {
    const subject = this.#subject;
    this.contrast.reset();
    if (!this.#isChecked(subject)) this.check.reset();
    this.scores.load(subject && this.#wanted(subject));
    this.#checkIfShown();
    this.#loadTotal();
    this.updateCertainty();
  }

  /** Requests the certainty of the tokens if it is shown, or if the likelihood of a selection is compared with another view. */
  updateCertainty(): void {
    const { state, compared } = this.#scene();
    this.certainty.update(state.certainty || (compared && state.selection !== null), this.scores.scorable);
  }

  /** Whether the running or last check is about the present selection and segments. */
  #isChecked(subject: Subject | null): boolean {
    const checked = this.#checked;
    if (subject === null || checked?.key !== subjectKey(subject)) return false;
    return sameSegments(checked.segments, this.#segments(subject));
  }

  /** Removes segments: the strongest of the map and, in a long text, passages; or with `more` up to 24 other segments. */
  async removeSegments(more = false): Promise<void> {
    const [scorable, checkable, cache] = [this.scores.scorable, this.#checkable, this.scores.cache];
    if (!scorable?.host.removalEffects || checkable === null) return;
    const { subject, check } = checkable;
    this.#checked = { key: subjectKey(subject), segments: check.segments };
    await this.check.start(async (signal, report) => {
      await runRemovals(scorable, cache, checkable, more, signal, report);
      return null;
    });
  }

  /** Loads a contrast. Nothing changes until its scores are there; then `accept` is called. */
  async compare(subject: Subject, accept: () => void): Promise<void> {
    this.#retryContrast = async () => {
      const wanted = this.#wanted(subject);
      await this.contrast.start(async (signal, report) => {
        await this.scores.fetch(wanted, signal, report);
        return null;
      });
      if (this.contrast.state.status === 'ready') accept();
    };
    await this.#retryContrast();
  }

  stop(kind: ExplanationRequest): void {
    const { scores, check, contrast, certainty } = this;
    ({ salience: scores, check, contrast, logprobs: certainty })[kind].stop();
  }

  retry(kind: ExplanationRequest): void {
    const requests = {
      salience: () => this.scores.retry(),
      check: () => this.removeSegments(),
      contrast: () => this.#retryContrast(),
      logprobs: () => this.certainty.load(this.scores.scorable),
    };
    void requests[kind]();
  }

  /** Prefetches what clicks would show, unless that takes a second pass for each. */
  prefetch(): void {
    const { state, segmentation } = this.#scene();
    const thinks = (this.scores.scorable?.tokens.thinking.length ?? 0) > 0;
    if (!state.through || !thinks) this.scores.prefetch(segmentation, state.method);
  }

  get #subject(): Subject | null {
    const { selection, versus } = this.#scene().state;
    return selection && this.subjectOf(selection, versus);
  }

  /** A selection with the choice to pass on what falls on its thinking, where there is any. */
  subjectOf(selection: TokenSet, versus: Versus | null): Subject {
    const { through, method } = this.#scene().state;
    const { host, tokens } = this.scores.scorable ?? {};
    const passes = through && host?.passesOn === true && precedes(tokens?.thinking ?? [], selection);
    return { selection, versus, through: passes && !scoresSegments(methodNamed(host.methods, method)) };
  }

  #wanted(subject: Subject): Wanted {
    const { method } = this.#scene().state;
    const needed = scoresSegments(methodNamed(this.scores.scorable?.host.methods ?? [], method));
    return { ...subject, method, segments: needed ? this.#segments(subject) : [] };
  }

  /** The segments that the selection can depend on. */
  #segments(subject: Subject): readonly Span[] {
    const { segments, indices } = this.#removable(subject);
    return indices.flatMap((i) => segments[i]?.tokens ?? []);
  }

  #removable(subject: Subject): { segments: readonly Segment[]; marks: Uint8Array; indices: readonly number[] } {
    const { selection } = subject;
    const tokens = this.scores.scorable?.tokens;
    const segments = tokens ? this.#segmentsOf(tokens, this.#scene().segmentation) : [];
    const marks = marksOf(segments, selection);
    return {
      segments,
      marks,
      indices: removableSegments(segments, selection, marks, this.scores.cache.get(subject)?.shared),
    };
  }

  /** Null while there is no map, or nothing to remove. */
  get #checkable(): Checkable | null {
    const [subject, host, scored] = [this.#subject, this.scores.scorable?.host, this.#scored];
    if (subject === null || !host || scored === null) return null;
    const { aggregation, method } = this.#scene().state;
    const name = mapMethod(host.methods, method);
    const scores = name === null ? undefined : scored.scores[name];
    const { segments, marks, indices } = this.#removable(subject);
    if (scores === undefined || indices.length === 0) return null;
    const how = scoresSegments(methodNamed(host.methods, name)) ? 'sum' : aggregation;
    const values = scaleScores(scores, segments, subject.selection, marks, how);
    const spans = indices.flatMap((i) => segments[i]?.tokens ?? []);
    const check = checkOf(scored.checks, spans) ?? emptyCheck(spans);
    return { subject, check, values: indices.map((i) => values[i] ?? 0), passages: passagesOf(segments, indices) };
  }

  #loadTotal(): void {
    this.#totals.load(this.scores.scorable, this.scores.cache, this.#subject, this.#scene().state.method);
  }

  /** Starts a check if its effects are the shown map and are not known yet. */
  #checkIfShown(): void {
    const { method } = this.#scene().state;
    const idle = this.check.state.status === 'idle' && this.scores.salience.status === 'ready';
    if (method !== REMOVAL_METHOD || !idle || !this.scores.scorable?.host.removalEffects) return;
    const checkable = this.#checkable;
    if (checkable === null || planRemovals(checkable.check, checkable.values, checkable).length === 0) return;
    void this.removeSegments();
  }
}

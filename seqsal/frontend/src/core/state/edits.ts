import type { TokenizedText } from '../text/tokens.js';
import { EditCheck } from './edit-check.js';
import { changes, edited, wider, withPlace } from './edit.js';
import type { Edit, KeptEdits } from './edit.js';
import { promptOfEdit } from './edited-prompt.js';
import type { Example, Host } from './host.js';
import { PromptAdder } from './next-prompt.js';
import type { NextPrompt } from './next-prompt.js';
import type { Request } from './request.js';
import type { ViewState } from './view-state.js';

/** The edit and what is known of it. */
interface EditSnapshot {
  readonly edit: Edit | null;
  /** Why the model cannot take the changed prompt, or why something is not in the edit; or ''. */
  readonly editProblem: string;
  readonly comparison: Request<null>;
}

/** Prompts that are made from the one on the screen, and the edit of it, which is kept until it is run or discarded. */
export class Edits {
  /** The state before the last selection: the first click of a double click selects what it is not meant to. */
  before: ViewState | null = null;
  /** The request that adds a prompt. */
  readonly adding: PromptAdder;
  #edit: Edit | null = null;
  readonly #check: EditCheck;
  /** Why the last input is not in the edit, or ''. */
  #refused = '';
  #example: Example | null = null;
  readonly #changed: () => void;
  readonly #kept: KeptEdits;
  #host: Host | null = null;
  /** Whether the last run was to take the place of the prompt. */
  #instead = false;

  constructor(changed: () => void, kept: KeptEdits) {
    this.adding = new PromptAdder(changed);
    this.#check = new EditCheck(changed);
    this.#changed = changed;
    this.#kept = kept;
  }

  /** The edit of a text; null if there is none, or if it was of another text. */
  of(tokens: TokenizedText | null): Edit | null {
    return tokens !== null && (this.#edit?.chars.end ?? 0) > tokens.promptLength ? null : this.#edit;
  }

  snapshot(tokens: TokenizedText | null): EditSnapshot {
    const edit = this.of(tokens);
    const editProblem = edit === null ? '' : this.#refused || this.#check.problem;
    return { edit, editProblem, comparison: this.adding.state };
  }

  /** Turns to an example, with what was typed into it before. */
  open(example: Example | null, host: Host | null): void {
    [this.#example, this.#host, this.before] = [example, host, null];
    this.adding.reset();
    this.#check.update(host, null);
    this.#edit = example && this.#kept.get(example.key);
  }

  /** Begins an edit. What was typed elsewhere in the same message stays: the edit then covers both places. */
  begin(edit: Edit, tokens: TokenizedText | null): void {
    const now = this.of(tokens);
    const both = now === null || tokens === null || !changes(tokens, now) ? edit : withPlace(tokens, now, edit.chars);
    if (both === null) this.set(now, tokens, 'An edit stays in one message. Run or discard this one first.');
    else this.set(both, tokens);
  }

  /** The edit with its whole paragraph, and then with its whole message. */
  widen(tokens: TokenizedText | null): void {
    const now = this.of(tokens);
    if (now !== null && tokens !== null) this.set(withPlace(tokens, now, wider(tokens, now.chars)) ?? now, tokens);
  }

  /** `refused` says why the last input is not in the edit. */
  set(edit: Edit | null, tokens: TokenizedText | null, refused = ''): void {
    [this.#edit, this.#refused] = [edit, refused];
    const prompt = this.#example && tokens && promptOfEdit(this.#example.prompt, tokens, edit);
    this.#check.update(this.#host, prompt);
    if (this.#example !== null) this.#kept.set(this.#example.key, edit);
  }

  async add(next: NextPrompt): Promise<boolean> {
    return this.adding.add(this.#host, next);
  }

  /** Adds the changed prompt again, or the prompt that was added last. */
  async retry(tokens: TokenizedText | null): Promise<void> {
    if (this.of(tokens) === null) await this.adding.retry();
    else await this.run(tokens, this.#instead);
  }

  /** Adds the changed prompt, and ends the edit once it is there. */
  async run(tokens: TokenizedText | null, instead = false): Promise<void> {
    const [edit, example] = [this.of(tokens), this.#example];
    if (edit === null || example === null || tokens === null) return;
    this.#instead = instead;
    const prompt = (): string => edited(example.prompt, tokens, edit);
    // Before the request: the host may show this example again as soon as the new one is there.
    this.#kept.set(example.key, null);
    if (changes(tokens, edit) && !(await this.add({ prompt, instead }))) {
      this.#kept.set(example.key, edit);
      return;
    }
    if (this.#example === example) this.#edit = null;
    this.#changed();
  }
}

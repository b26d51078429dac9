import type { Versus } from '../scores/contrast.js';
import type { Span } from '../text/span.js';
import type { Edit } from './edit.js';
import type { RequestKind } from './request.js';
import type { Sequence } from './sequences.js';
import type { Choices, Gesture } from './view-state.js';

/** What the user did. Elements send actions; only the store handles them. */
export type Action =
  | { readonly type: 'select'; readonly span: Span; readonly how: Gesture; readonly anchor?: Span }
  | { readonly type: 'deselect' }
  | { readonly type: 'adjust'; readonly choices: Choices }
  | { readonly type: 'choose'; readonly sequence: Sequence }
  /** Removes segments to check the map; with `more`, others than the strongest. */
  | { readonly type: 'check'; readonly more?: boolean }
  /** Explains the selection, or the tokens of a span, against something else; null ends a contrast. */
  | { readonly type: 'contrast'; readonly versus: Versus | null; readonly span?: Span }
  /** Shows what the model could have written at a position; null hides it. */
  | { readonly type: 'alternatives'; readonly position: number | null }
  /** Explains an answer without what follows a character of it. */
  | { readonly type: 'cut'; readonly end: number }
  /**
   * Changes a part of the prompt, without running it yet; null discards the change. `again` undoes the selection by a first click;
   * `refused` says why the last input is not in the edit.
   */
  | {
      readonly type: 'edit';
      readonly edit: Edit | null;
      readonly begins?: boolean;
      readonly again?: boolean;
      readonly refused?: string;
    }
  /** Edits more of the prompt: the paragraph around, and then the whole message. */
  | { readonly type: 'widen' }
  /** Runs the changed prompt next to this one, or in place of it. */
  | { readonly type: 'run'; readonly instead?: boolean }
  /** Shows another prompt next to this one, or in place of it. */
  | { readonly type: 'compare'; readonly prompt: string; readonly instead?: boolean }
  | { readonly type: 'retry' | 'stop'; readonly what: RequestKind };

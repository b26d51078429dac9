import { describe, expect, it } from 'vitest';
import { INITIAL, deselect, select } from '../../../../src/core/state/view-state.js';
import type { Gesture, ViewState } from '../../../../src/core/state/view-state.js';

const A = { start: 1, end: 3 };
const B = { start: 3, end: 4 };
const C = { start: 6, end: 8 };

type Step = readonly [Gesture, { start: number; end: number }, { start: number; end: number }?];

function after(...steps: Step[]): ViewState {
  return steps.reduce((state, [how, span, anchor]) => select(state, span, how, anchor), INITIAL);
}

describe('a selection', () => {
  it.each<[string, Step[], unknown]>([
    ['a click takes one', [['only', A]], [A]],
    ['a click elsewhere takes the other instead', [['only', A], ['only', C]], [C]], // prettier-ignore
    ['a click on it deselects it', [['only', A], ['only', A]], null], // prettier-ignore
    ['Ctrl-click leaves a gap', [['only', A], ['toggle', C]], [A, C]], // prettier-ignore
    ['Ctrl-click next to it makes one range', [['only', A], ['toggle', B]], [{ start: 1, end: 4 }]], // prettier-ignore
    ['Ctrl-click takes out of the middle', [['range', { start: 1, end: 8 }], ['toggle', B]], [A, { start: 4, end: 8 }]], // prettier-ignore
    ['Ctrl-click on the last one deselects all', [['only', A], ['toggle', A]], null], // prettier-ignore
    ['Ctrl-click begins too', [['toggle', A]], [A]],
    ['a click on one of several takes it alone', [['only', A], ['toggle', C], ['only', A]], [A]], // prettier-ignore
    ['Shift-click goes from the last choice', [['only', A], ['toggle', C], ['extend', B]], [{ start: 3, end: 8 }]], // prettier-ignore
    ['Shift-click begins too', [['extend', A]], [A]],
    ['a drawn range is never deselected', [['range', A], ['range', A]], [A]], // prettier-ignore
    ['a range drawn with Ctrl is put to the others', [['only', A], ['add', C]], [A, C]], // prettier-ignore
    ['a range is extended from where it began', [['range', { start: 3, end: 8 }, C], ['extend', A]], [{ start: 1, end: 8 }]], // prettier-ignore
  ])('%s', (_, steps, expected) => {
    expect(after(...steps).selection).toEqual(expected);
  });

  it('is removed together with its anchor', () => {
    expect(deselect(after(['only', A]))).toEqual(INITIAL);
    expect(deselect(INITIAL)).toBe(INITIAL);
  });
});

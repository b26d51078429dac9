import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { PrefetchHost, newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

// Tokens: 0 <s> | 1-2 One two. | 3 Three. | 4-5 Four five. | 6 Six. | 7 Seven.
const PROMPT = 'One two.\nThree.\n';
const RESPONSE = 'Four five. Six. Seven.';

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await stage.open(PROMPT, RESPONSE);
});

function mask(): readonly number[] {
  return newest(stage.host.saliences).input.targetMask;
}

function focused(): string | undefined {
  return stage.part('seqsal-text').renderRoot.querySelector(':focus')?.textContent;
}

async function drag(from: string, to: string): Promise<void> {
  await userEvent.dragAndDrop(stage.segment(from), stage.segment(to));
  await stage.drawn();
}

function pointer(type: string, on: Element, init: PointerEventInit = {}): void {
  const { left, top, width, height } = on.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2 };
  on.dispatchEvent(
    new PointerEvent(type, { ...at, button: 0, buttons: 1, bubbles: true, composed: true, cancelable: true, ...init }),
  );
}

describe('dragging', () => {
  it('selects from its start to its end, in both directions', async () => {
    await drag('Four five.', 'Seven.');
    expect(stage.selected()).toEqual(['Four five.', 'Six.', 'Seven.']);
    expect(mask()).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    await drag('Six.', 'Three.');
    expect(stage.selected()).toEqual(['Three.', 'Four five.', 'Six.']);
  });

  it('sends one request at its end, and shows a draft before', async () => {
    pointer('pointerdown', stage.segment('Four five.'));
    for (const text of ['Six.', 'Seven.', 'Six.']) {
      pointer('pointermove', stage.segment(text));
      await stage.drawn();
    }
    expect(stage.selected()).toEqual(['Four five.', 'Six.']);
    expect(stage.store.snapshot.state.selection).toBeNull();
    expect(stage.host.saliences).toEqual([]);
    pointer('pointerup', stage.segment('Six.'));
    await stage.drawn();
    expect(stage.host.saliences).toHaveLength(1);
    expect(stage.store.snapshot.state.selection).toEqual([{ start: 4, end: 7 }]);
  });

  it('is cancelled by Escape, which keeps the previous selection', async () => {
    stage.segment('Seven.').click();
    pointer('pointerdown', stage.segment('Four five.'));
    pointer('pointermove', stage.segment('Six.'));
    await stage.drawn();
    expect(stage.selected()).toEqual(['Four five.', 'Six.']);
    await userEvent.keyboard('{Escape}');
    pointer('pointerup', stage.segment('Six.'));
    await stage.drawn();
    expect(stage.selected()).toEqual(['Seven.']);
  });

  it('with Ctrl adds to the selection', async () => {
    stage.segment('Three.').click();
    pointer('pointerdown', stage.segment('Six.'), { ctrlKey: true });
    pointer('pointermove', stage.segment('Seven.'), { ctrlKey: true });
    pointer('pointerup', stage.segment('Seven.'), { ctrlKey: true });
    await stage.drawn();
    expect(stage.selected()).toEqual(['Three.', 'Six.', 'Seven.']);
    expect(mask()).toEqual([0, 0, 0, 1, 0, 0, 1, 1]);
  });

  it('within one segment is a click', async () => {
    const { left, top, height, width } = stage.segment('Four five.').getBoundingClientRect();
    const [span, y] = [stage.segment('Four five.'), top + height / 2];
    pointer('pointerdown', span, { clientX: left + 2, clientY: y });
    pointer('pointermove', span, { clientX: left + width - 2, clientY: y });
    pointer('pointerup', span);
    span.click();
    await stage.drawn();
    expect(stage.selected()).toEqual(['Four five.']);
  });

  it('by touch scrolls, and with Alt selects text of the browser', async () => {
    for (const init of [{ pointerType: 'touch' }, { altKey: true }]) {
      pointer('pointerdown', stage.segment('Four five.'), init);
      pointer('pointermove', stage.segment('Seven.'), init);
      pointer('pointerup', stage.segment('Seven.'), init);
    }
    await stage.drawn();
    expect(stage.selected()).toEqual([]);
  });

  it('past the edge keeps scrolling', async () => {
    await stage.open(Array.from({ length: 90 }, (_, i) => `Line ${String(i)}.\n`).join(''), RESPONSE);
    const text = stage.part('seqsal-text');
    text.scrollTop = 0;
    const { bottom, left } = text.getBoundingClientRect();
    pointer('pointerdown', stage.segment('Line 1.'));
    pointer('pointermove', stage.segment('Line 3.'), { clientX: left + 30, clientY: bottom + 60 });
    await expect.poll(() => text.scrollTop).toBeGreaterThan(150);
    pointer('pointerup', stage.segment('Line 3.'));
    const { scrollTop } = text;
    await stage.drawn();
    expect(stage.selected().length).toBeGreaterThan(15);
    expect(stage.selected()[0]).toBe('Line 1.');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(text.scrollTop).toBe(scrollTop);
  });
});

describe('Ctrl-click', () => {
  it('makes a selection with gaps, in the mask and in the readout, and removes from it', async () => {
    await userEvent.click(stage.segment('Three.'));
    await userEvent.click(stage.segment('Six.'), { modifiers: ['Control'] });
    await stage.drawn();
    expect(stage.selected()).toEqual(['Three.', 'Six.']);
    expect(mask()).toEqual([0, 0, 0, 1, 0, 0, 1, 0]);
    await stage.score((i) => i);
    expect(stage.painted(), 'what lies in the gap is in the scale').toEqual(['One two.', 'Four five.']);
    const readout = stage.part('seqsal-readout').renderRoot.textContent;
    expect(readout).toMatch(/“Three. … Six.”\s+· tokens 3, 6/);
    await userEvent.click(stage.segment('Three.'), { modifiers: ['Control'] });
    await stage.drawn();
    expect(stage.selected()).toEqual(['Six.']);
  });

  it('keeps its gaps when the granularity changes', async () => {
    await userEvent.click(stage.segment('Four five.'));
    await userEvent.click(stage.segment('Seven.'), { modifiers: ['Control'] });
    for (const [unit, expected] of [
      ['words', ['Four', 'five.', 'Seven.']],
      ['tokens', ['Four', 'five.', 'Seven.']],
      ['sentences', ['Four five.', 'Seven.']],
    ] as const) {
      stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit, pattern: '', role: 'ends' } } });
      await stage.drawn();
      expect(stage.selected()).toEqual(expected);
    }
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'lines', pattern: '', role: 'ends' } } });
    await stage.drawn();
    expect(stage.segment(RESPONSE).className).toContain('part');
  });
});

describe('the keyboard', () => {
  it('drafts a range with Shift and arrows, and explains it when Shift is released', async () => {
    stage.segment('Four five.').focus();
    await userEvent.keyboard('{Shift>}{ArrowRight}{ArrowRight}{ArrowLeft}');
    await stage.drawn();
    expect(stage.selected()).toEqual(['Four five.', 'Six.']);
    expect(stage.host.saliences).toEqual([]);
    await userEvent.keyboard('{/Shift}');
    await stage.drawn();
    expect(mask()).toEqual([0, 0, 0, 0, 1, 1, 1, 0]);
    await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
    await stage.drawn();
    expect(stage.selected(), 'from where the range began').toEqual(['Four five.', 'Six.', 'Seven.']);
  });

  it('cancels a drafted range with Escape, and then the selection', async () => {
    stage.segment('Six.').click();
    await userEvent.keyboard('{Shift>}{ArrowRight}{Escape}{/Shift}');
    await stage.drawn();
    expect(stage.selected()).toEqual(['Six.']);
    await userEvent.keyboard('{Escape}');
    await stage.drawn();
    expect(stage.selected()).toEqual([]);
  });

  it('adds to the selection with Ctrl and Enter', async () => {
    stage.segment('Three.').click();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}{Control>}{Enter}{/Control}');
    await stage.drawn();
    expect(stage.selected()).toEqual(['Three.', 'Six.']);
  });

  it('continues from where a click was', async () => {
    await userEvent.click(stage.segment('Six.'));
    expect(focused()).toBe('Six.');
    await userEvent.keyboard('{ArrowRight}');
    expect(focused()).toBe('Seven.');
  });

  it('copies the selected text', async () => {
    await userEvent.click(stage.segment('Three.'));
    await userEvent.click(stage.segment('Six.'), { modifiers: ['Control'] });
    const clipboardData = new DataTransfer();
    const event = new ClipboardEvent('copy', { clipboardData, bubbles: true, composed: true, cancelable: true });
    stage.segment('Six.').dispatchEvent(event);
    expect(clipboardData.getData('text/plain').replaceAll(/\s+/g, ' ').trim()).toBe('Three. … Six.');
    expect(event.defaultPrevented).toBe(true);
  });
});

describe('for assistive technology', () => {
  it('prompt and answer are multi-select list boxes', async () => {
    await userEvent.click(stage.segment('Three.'));
    await userEvent.click(stage.segment('Six.'), { modifiers: ['Control'] });
    await stage.drawn();
    const lists = [...stage.part('seqsal-text').renderRoot.querySelectorAll('[role=listbox]')];
    expect(lists.map((list) => list.getAttribute('aria-multiselectable'))).toEqual(['true', 'true']);
    const marks = stage.segments().map((span) => [span.role, span.ariaSelected]);
    expect(marks.filter(([role]) => role === 'option')).toHaveLength(5);
    expect(marks.filter(([, selected]) => selected === 'true')).toHaveLength(2);
  });
});

describe('late, failed and cancelled answers of a selection with gaps', () => {
  it('are never shown for another selection', async () => {
    await userEvent.click(stage.segment('Three.'));
    await userEvent.click(stage.segment('Six.'), { modifiers: ['Control'] });
    const late = newest(stage.host.saliences);
    await userEvent.click(stage.segment('Three.'), { modifiers: ['Control'] });
    expect(late.signal.aborted).toBe(true);
    late.resolve({ grad_l2: [9, 9, 9, 9, 9, 9, 9, 9] });
    await stage.drawn();
    expect(stage.painted()).toEqual([]);
    await stage.score((i) => i);
    expect(stage.painted()).toEqual(['One two.', 'Three.', 'Four five.']);
  });

  it('show an error, and are requested again with the same gaps', async () => {
    await userEvent.click(stage.segment('Three.'));
    await userEvent.click(stage.segment('Six.'), { modifiers: ['Control'] });
    newest(stage.host.saliences).reject(new Error('Out of memory.'));
    await stage.drawn();
    const status = stage.view.renderRoot.querySelector("seqsal-status[work='salience']");
    expect(status?.shadowRoot?.textContent).toContain('Out of memory.');
    status?.shadowRoot?.querySelector('button')?.click();
    expect(mask()).toEqual([0, 0, 0, 1, 0, 0, 1, 0]);
  });

  it('are not composed from prefetched parts', async () => {
    const host = new PrefetchHost();
    const prefetching = new Stage(host);
    await prefetching.open(PROMPT, RESPONSE);
    for (let i = 0; i < 3 && host.prefetches[i]; i++) {
      host.prefetches[i]?.resolve(
        host.prefetches[i]?.input.targetMasks.map((each) => ({ grad_l2: each.map(() => 1) })) ?? [],
      );
      await prefetching.drawn();
    }
    prefetching.segment('Four five.').click();
    expect(host.saliences).toEqual([]);
    await userEvent.click(prefetching.segment('Seven.'), { modifiers: ['Control'] });
    expect(newest(host.saliences).input.targetMask).toEqual([0, 0, 0, 0, 1, 1, 0, 1]);
  });
});

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { contrast } from '../../../../src/core/scores/colour.js';
import { newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const PROMPT = 'Likes: cheese.\nDislikes: eggs.\nDish: quiche.\n';
const RESPONSE = 'It has eggs. Try another dish. Enjoy.';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

function text(name: 'seqsal-readout' | 'seqsal-legend'): string {
  return stage.part(name).renderRoot.textContent.replaceAll(/\s+/g, ' ').trim();
}

function line(work: string): Element | null {
  const status = stage.view.renderRoot.querySelector(`seqsal-status[work='${work}']`);
  return status?.shadowRoot?.querySelector('.line') ?? null;
}

describe('before there is anything to explain', () => {
  it('shows the next step', async () => {
    await stage.drawn();
    expect(stage.view.renderRoot.textContent).toContain('Choose a prompt in the Data Table');
  });

  it('shows the prompt while the model generates, with a stop button', async () => {
    stage.store.show({ key: '1', prompt: PROMPT, target: '' }, stage.host);
    await stage.drawn();
    expect(stage.part('seqsal-text').renderRoot.querySelector('.prompt .flow')?.textContent).toBe(PROMPT);
    await expect.poll(() => line('generation')?.textContent).toContain('The model is writing its answer');
    line('generation')?.querySelector('button')?.click();
    await stage.drawn();
    expect(newest(stage.host.generations).signal.aborted).toBe(true);
  });

  it('keeps a stopped answer, labels it, and does not allow explaining it', async () => {
    stage.store.show({ key: '1', prompt: PROMPT, target: '' }, stage.host);
    stage.host.report({ stage: 'writing', text: 'Try another' });
    await stage.drawn();
    const text = stage.part('seqsal-text');
    expect(text.hasAttribute('writing')).toBe(true);
    stage.store.dispatch({ type: 'stop', what: 'generation' });
    await stage.drawn();
    expect(text.hasAttribute('writing')).toBe(false);
    expect(text.renderRoot.querySelector('.target')?.textContent).toContain('Response, incomplete');
    expect(text.renderRoot.querySelector('.target .flow')?.textContent).toBe('Try another');
    expect(text.renderRoot.querySelectorAll('.target .s')).toHaveLength(0);
    expect(line('generation')?.textContent).toContain('The answer is incomplete. Stopped before the end.');
    expect(stage.part('seqsal-readout').renderRoot.textContent).toContain('“Try again” generates it again');
    line('generation')?.querySelector('button')?.click();
    await stage.drawn();
    expect(text.renderRoot.querySelector('.target .flow')?.textContent ?? '').toBe('');
    expect(stage.host.generations).toHaveLength(2);
  });
});

describe('a click', () => {
  beforeEach(async () => {
    await stage.open(PROMPT, RESPONSE);
  });

  it('paints heat before the selection, and none after it', async () => {
    stage.segment('Try another dish.').click();
    await stage.drawn();
    expect(stage.selected()).toEqual(['Try another dish.']);
    expect(stage.painted()).toEqual([]);
    await stage.score(() => 1);
    expect(stage.painted()).toEqual(['Likes: cheese.', 'Dislikes: eggs.', 'Dish: quiche.', 'It has eggs.']);
  });

  it('paints the stronger segment darker, and keeps all readable', async () => {
    stage.segment('It has eggs.').click();
    await stage.score((i) => (i === 4 ? 8 : 1));
    const [weak, strong] = [stage.segment('Likes: cheese.'), stage.segment('Dislikes: eggs.')].map(coloursOf);
    expect(contrast(strong?.background ?? '', '#ffffff')).toBeGreaterThan(contrast(weak?.background ?? '', '#ffffff'));
    for (const { background, ink } of stage.segments().map(coloursOf)) {
      expect(contrast(background, ink)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('on the selected segment removes the selection and its heat', async () => {
    stage.segment('It has eggs.').click();
    await stage.score(() => 1);
    stage.segment('It has eggs.').click();
    await stage.drawn();
    expect(stage.selected()).toEqual([]);
    expect(stage.painted()).toEqual([]);
  });

  it('with Shift selects the range', async () => {
    stage.segment('It has eggs.').click();
    stage.segment('Enjoy.').dispatchEvent(new MouseEvent('click', { shiftKey: true, bubbles: true, composed: true }));
    await stage.drawn();
    expect(stage.selected()).toEqual(['It has eggs.', 'Try another dish.', 'Enjoy.']);
    expect(newest(stage.host.saliences).input.targetMask).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('in the prompt explains a segment of the prompt', async () => {
    stage.segment('Dish: quiche.').click();
    await stage.score(() => 1);
    expect(stage.painted()).toEqual(['Likes: cheese.', 'Dislikes: eggs.']);
  });

  it('keeps the spans of the text: only classes change', async () => {
    const before = stage.segments();
    stage.segment('Enjoy.').click();
    await stage.score((i) => i);
    expect(stage.segments().every((span, i) => span === before[i])).toBe(true);
  });
});

describe('the text', () => {
  it('has the direction of its script, line by line', async () => {
    await stage.open('مرحبا بالعالم\nHello\n', ' نعم');
    const flow = stage.part('seqsal-text').getBoundingClientRect();
    const middle = (flow.left + flow.right) / 2;
    expect(stage.segment('مرحبا بالعالم').getBoundingClientRect().left).toBeGreaterThan(middle);
    expect(stage.segment('Hello').getBoundingClientRect().right).toBeLessThan(middle);
    expect(stage.segment('نعم').getBoundingClientRect().left).toBeGreaterThan(middle);
  });

  it('keeps its line breaks, spaces and characters', async () => {
    const prompt = 'def f(x):\n    return x  # 世界 😀\n\n';
    await stage.open(prompt, ' Yes');
    const { renderRoot } = stage.part('seqsal-text');
    for (const special of renderRoot.querySelectorAll('.special')) special.remove();
    const flows = [...renderRoot.querySelectorAll('.flow')];
    expect(flows.map((flow) => flow.textContent).join('')).toBe(`${prompt} Yes`);
    expect(flows.map((flow) => getComputedStyle(flow).whiteSpaceCollapse)).toEqual(['preserve', 'preserve']);
  });
});

describe('a selection', () => {
  beforeEach(async () => {
    await stage.open(PROMPT, RESPONSE);
    stage.segment('Try another dish.').click();
    await stage.score((i) => i);
  });

  it('stays when the granularity changes', async () => {
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } } });
    await stage.drawn();
    expect(stage.selected()).toEqual(['Try', 'another', 'dish.']);
    expect(stage.painted().at(-1)).toBe('eggs.');
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'lines', pattern: '', role: 'ends' } } });
    await stage.drawn();
    expect(stage.selected()).toEqual([RESPONSE]);
    expect(stage.segment(RESPONSE).className).toContain('part');
  });

  it('is shown in the readout with the concentration of its salience', () => {
    expect(text('seqsal-readout')).toMatch(/^Explaining “Try another dish.” · tokens 10–12/);
    expect(text('seqsal-readout')).toContain('the strongest of 4 segments holds 53 % of the salience (evenly: 25 %)');
  });

  it('shows the rank of the segment under the pointer', async () => {
    await userEvent.hover(stage.segment('Dislikes: eggs.'));
    await stage.drawn();
    expect(text('seqsal-readout')).toBe(
      '“Dislikes: eggs.” · salience 7.00 · 3rd strongest of 4 · 16 % of the whole tokens 3–4: ⏎Dislikes: ␣eggs.',
    );
  });

  it('explains that it does not depend on what comes after it, once there are scores', async () => {
    const after = async (): Promise<string> => {
      await userEvent.hover(stage.segment('Enjoy.'));
      await stage.drawn();
      return text('seqsal-readout');
    };
    expect(await after()).toContain('“Enjoy.” · after the selection, which does not depend on it');
    stage.segment('It has eggs.').click();
    await userEvent.hover(stage.segment('Dish: quiche.'));
    expect(await after()).toMatch(/^“Enjoy.” token/);
  });

  it('has a note if its salience is almost even', async () => {
    stage.segment('Enjoy.').click();
    await stage.score(() => 1);
    expect(text('seqsal-readout')).toContain(
      'Spread almost evenly: the strongest of 5 segments holds 25 % of the salience (evenly: 20 %)',
    );
  });
});

describe('a method with a sign', () => {
  it('has two colours for its signs, and a legend of them', async () => {
    await stage.open(PROMPT, RESPONSE);
    stage.store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input' } });
    stage.segment('It has eggs.').click();
    await stage.score((i) => (i < 3 ? -1 : 1), 'grad_dot_input');
    const [against, support] = [stage.segment('Likes: cheese.'), stage.segment('Dislikes: eggs.')].map(coloursOf);
    expect(against?.background).not.toBe(support?.background);
    expect(text('seqsal-legend')).toBe('− against positive supports the selection+ supports');
  });
});

describe('a failure', () => {
  it('shows its reason, and can be retried', async () => {
    await stage.open(PROMPT, RESPONSE);
    stage.segment('It has eggs.').click();
    newest(stage.host.saliences).reject(new Error('9 tokens, and 5 fit.'));
    await stage.drawn();
    expect(line('salience')?.textContent).toContain('9 tokens, and 5 fit.');
    line('salience')?.querySelector('button')?.click();
    await stage.score(() => 1);
    expect(line('salience')).toBeNull();
    expect(stage.painted()).toHaveLength(3);
  });
});

describe('the keyboard', () => {
  beforeEach(async () => {
    await stage.open(PROMPT, RESPONSE);
  });

  function focused(): string | undefined {
    return stage.part('seqsal-text').renderRoot.querySelector(':focus')?.textContent;
  }

  it('has one tab stop in the text, at the start of the answer', () => {
    const stops = stage.segments().filter((span) => span.tabIndex === 0);
    expect(stops.map((span) => span.textContent)).toEqual(['It has eggs.']);
  });

  it('moves, selects, extends and clears', async () => {
    stage.segment('It has eggs.').focus();
    await userEvent.keyboard('{ArrowRight}{Enter}');
    await stage.drawn();
    expect(focused()).toBe('Try another dish.');
    expect(stage.selected()).toEqual(['Try another dish.']);
    await userEvent.keyboard('{ArrowRight}{Shift>}{Enter}{/Shift}');
    await stage.drawn();
    expect(stage.selected()).toEqual(['Try another dish.', 'Enjoy.']);
    await userEvent.keyboard('{Escape}');
    await stage.drawn();
    expect(stage.selected()).toEqual([]);
    const leftOver = vi.fn();
    stage.view.addEventListener('keydown', leftOver);
    await userEvent.keyboard('{Escape}');
    expect(leftOver, 'Escape with nothing selected is for the page').toHaveBeenCalledOnce();
    await userEvent.keyboard('{Home} ');
    await stage.drawn();
    expect(stage.selected()).toEqual(['Likes: cheese.']);
  });

  it('goes up and down by lines', async () => {
    stage.segment('It has eggs.').focus();
    await userEvent.keyboard('{End}{ArrowUp}');
    expect(focused()).toBe('Dish: quiche.');
    await userEvent.keyboard('{ArrowUp}{ArrowDown}');
    expect(focused()).toBe('Dish: quiche.');
  });

  it('shows the focus', () => {
    stage.segment('It has eggs.').focus();
    expect(getComputedStyle(stage.segment('It has eggs.')).outlineStyle).toBe('solid');
  });
});

interface Colours {
  readonly background: string;
  readonly ink: string;
}

/** What the browser paints, as #rrggbb; no background is the white or the tint of the region beneath. */
function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const region = element.closest('.target') === null ? '#ffffff' : '#f5f9fa';
  return { background: hex(style.backgroundColor) ?? region, ink: hex(style.color) ?? '#000000' };
}

function hex(colour: string): string | null {
  const [r, g, b, alpha] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (alpha === 0 || r === undefined || g === undefined || b === undefined) return null;
  return `#${[r, g, b].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

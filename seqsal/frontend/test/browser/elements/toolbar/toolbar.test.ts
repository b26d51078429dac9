import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { newest, wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

let stage: Stage;

beforeEach(async () => {
  stage = new Stage();
  await stage.open('One; two.\nThree.', ' Four; five.');
});

describe('the granularity', () => {
  it.each([
    ['Tokens', ['One;', 'two.', 'Three.', 'Four;', 'five.']],
    ['Lines', ['One; two.', 'Three.', 'Four; five.']],
    ['Paragraphs', ['One; two.\nThree.', 'Four; five.']],
  ])('%s', async (label, expected) => {
    await page.getByRole('radio', { name: label, exact: true }).click({ force: true });
    await stage.drawn();
    expect(stage.segments().map((span) => span.textContent)).toEqual(expected);
  });

  it('shows special tokens only with the granularity tokens', async () => {
    const special = stage.part('seqsal-text').renderRoot.querySelector('.special');
    expect(special && getComputedStyle(special).display).toBe('none');
    await page.getByRole('radio', { name: 'Tokens' }).click({ force: true });
    await stage.drawn();
    const shown = stage.part('seqsal-text').renderRoot.querySelector('.special');
    expect(shown && getComputedStyle(shown).display).toBe('inline');
    expect(shown?.textContent).toBe('<s>');
  });
});

describe('a custom pattern', () => {
  beforeEach(async () => {
    await page.getByRole('radio', { name: 'Custom' }).click({ force: true });
    await stage.drawn();
  });

  it('segments the text while it is typed', async () => {
    await userEvent.fill(page.getByRole('textbox'), ';');
    await stage.drawn();
    expect(stage.segments().map((span) => span.textContent)).toEqual(['One;', 'two.\nThree.', 'Four;', 'five.']);
  });

  it('can start segments instead', async () => {
    await userEvent.fill(page.getByRole('textbox'), 'two|five');
    await userEvent.selectOptions(page.getByRole('combobox', { name: 'What a match does' }), 'starts');
    await stage.drawn();
    expect(stage.segments().map((span) => span.textContent)).toEqual(['One;', 'two.\nThree.', 'Four;', 'five.']);
  });

  it('shows a pattern that was set elsewhere', async () => {
    await userEvent.fill(page.getByRole('textbox'), ';');
    const { granularity } = stage.store.snapshot.state;
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { ...granularity, pattern: 'o' } } });
    await stage.drawn();
    await expect.element(page.getByRole('textbox')).toHaveValue('o');
  });

  it('shows an error next to the field, and keeps the last valid pattern', async () => {
    await userEvent.fill(page.getByRole('textbox'), ';');
    await userEvent.fill(page.getByRole('textbox'), '(');
    await stage.drawn();
    await expect.element(page.getByRole('textbox')).toHaveAttribute('aria-invalid', 'true');
    await expect.element(page.getByText('Invalid: unterminated group.')).toBeVisible();
    expect(stage.segments()).toHaveLength(4);
  });
});

describe('a custom pattern that backtracks forever', () => {
  const hangs = '(a+)+$';

  it('is stopped with an error, while the page stays responsive', async () => {
    await stage.open(`One; two ${'a'.repeat(60)}b.`, ' Four; five.');
    await page.getByRole('radio', { name: 'Custom' }).click({ force: true });
    await userEvent.fill(page.getByRole('textbox'), ';');
    await stage.drawn();
    let frames = 0;
    const frame = (): void => {
      if (stage.store.snapshot.pattern.status === 'pending') frames += 1;
      requestAnimationFrame(frame);
    };
    frame();
    await userEvent.fill(page.getByRole('textbox'), hangs);
    await expect.element(page.getByText('This expression takes too long on this text.')).toBeVisible();
    expect(frames, 'drawn while the pattern ran').toBeGreaterThan(0);
    await expect.element(page.getByRole('textbox')).toHaveAttribute('aria-invalid', 'true');
    expect(stage.segments()).toHaveLength(4);
  });

  it('is cancelled when another one is typed', async () => {
    await stage.open(`One; two ${'a'.repeat(60)}b.`, ' Four; five.');
    await page.getByRole('radio', { name: 'Custom' }).click({ force: true });
    await userEvent.fill(page.getByRole('textbox'), hangs);
    await userEvent.fill(page.getByRole('textbox'), 'two');
    await stage.drawn();
    expect(stage.segments().map((span) => span.textContent)).toContain('One; two');
    await expect.element(page.getByRole('textbox')).toHaveAttribute('aria-invalid', 'false');
  });
});

describe('the sequence', () => {
  it('is the response', async () => {
    await expect.element(page.getByRole('combobox', { name: 'Sequence' })).toHaveDisplayValue('Response: Four; five.');
  });
});

describe('the display panel', () => {
  it('opens within the window, and changes the aggregation', async () => {
    await page.getByRole('button', { name: 'Display' }).click();
    const panel = page.getByRole('dialog');
    await expect.element(panel).toBeVisible();
    const { left, right } = panel.element().getBoundingClientRect();
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(innerWidth);
    await page.getByRole('radio', { name: 'Mean' }).click({ force: true });
    expect(stage.store.snapshot.state.aggregation).toBe('mean');
  });
});

describe('the display choices', () => {
  const chosen = (): unknown => stage.store.snapshot.state;
  const press = async (name: string): Promise<void> => {
    await page.getByRole('radio', { name, exact: true }).click({ force: true });
    await stage.drawn();
  };
  const style = (): CSSStyleDeclaration => getComputedStyle(stage.segment('Three.'));

  beforeEach(async () => {
    await page.getByRole('button', { name: 'Display' }).click();
  });

  it.each([
    ['Sum', { aggregation: 'sum' }],
    ['Max', { aggregation: 'max' }],
    ['Rank', { scaling: 'rank' }],
    ['Value', { scaling: 'value' }],
  ])('%s', async (name, expected) => {
    await press(name);
    expect(chosen()).toMatchObject(expected);
  });

  it('the marking: filled, underlined, in boxes', async () => {
    stage.segment('Four; five.').click();
    await stage.score(() => 1);
    expect(style().backgroundColor).not.toBe('rgba(0, 0, 0, 0)');
    await press('Underline');
    expect(style().backgroundColor).toBe('rgba(0, 0, 0, 0)');
    expect(style().borderBottomWidth).toBe('4px');
    await press('Boxes');
    expect(style().boxShadow).toContain('inset');
  });

  it('the lines: compact and roomy', async () => {
    const height = (): number => stage.part('seqsal-text').renderRoot.querySelector('.prompt')?.clientHeight ?? 0;
    const roomy = height();
    await press('Compact');
    expect(height()).toBeLessThan(roomy);
    await press('Roomy');
    expect(height()).toBe(roomy);
  });

  it('the intensity, which can be reset', async () => {
    stage.segment('Four; five.').click();
    await stage.score((i) => (i < 3 ? 9 : 1));
    const weak = style().backgroundColor;
    await userEvent.fill(page.getByRole('slider', { name: 'Intensity' }), '2.5');
    await stage.drawn();
    expect(chosen()).toMatchObject({ intensity: 2.5 });
    expect(style().backgroundColor).not.toBe(weak);
    await page.getByRole('button', { name: 'Reset the intensity' }).click();
    await stage.drawn();
    expect(chosen()).toMatchObject({ intensity: 1 });
    expect(style().backgroundColor).toBe(weak);
    await expect.element(page.getByRole('button', { name: 'Reset the intensity' })).toBeDisabled();
  });
});

describe('the sequence picker', () => {
  it('offers all responses and the target, repeatedly', async () => {
    stage.store.show({ key: 'two', prompt: 'One', target: ' Its target.' }, stage.host);
    newest(stage.host.generations).resolve([
      { text: ' First.', score: -1.5 },
      { text: ' Second.', score: -2 },
    ]);
    await stage.drawn();
    const picker = page.getByRole('combobox', { name: 'Sequence' });
    const shown = (): string => stage.store.snapshot.sequence?.text ?? '';
    expect([...picker.element().querySelectorAll('option')].map((option) => option.textContent)).toEqual([
      'Response 1 (-1.50): First.',
      'Response 2 (-2.00): Second.',
      'Target: Its target.',
    ]);
    for (const [label, text] of [
      ['Target: Its target.', ' Its target.'],
      ['Response 2 (-2.00): Second.', ' Second.'],
      ['Response 1 (-1.50): First.', ' First.'],
    ] as const) {
      await userEvent.selectOptions(picker, label);
      expect(shown()).toBe(text);
      newest(stage.host.tokenizations).resolve(wordTokens(newest(stage.host.tokenizations).input));
      await stage.drawn();
      expect(stage.segment(text.trim()).closest('.target')).not.toBeNull();
    }
  });
});

describe('the method', () => {
  it('is chosen by its label, and has a tooltip', async () => {
    await page.getByRole('radio', { name: 'Grad · Input' }).click({ force: true });
    expect(stage.store.snapshot.state.method).toBe('grad_dot_input');
    const label = page.getByRole('radio', { name: 'Grad · Input' }).element().closest('label');
    expect(label?.title).toContain('Positive supports the selection');
  });
});

describe('the names of granularities', () => {
  it.each([
    [620, 'Paragraphs', 'Custom'],
    [500, '¶', '.*'],
  ])('are words if there is room: at %i pixels', (width, paragraphs, custom) => {
    stage.view.style.width = `${String(width)}px`;
    const choice = stage.part('seqsal-toolbar').renderRoot.querySelector('seqsal-choice');
    const labels = [...(choice?.renderRoot.querySelectorAll('label') ?? [])].map((label) => label.innerText.trim());
    expect(labels.slice(-2)).toEqual([paragraphs, custom]);
    expect(choice?.getBoundingClientRect().right).toBeLessThanOrEqual(stage.view.getBoundingClientRect().right);
  });
});

it('every control has a name', () => {
  for (const role of ['radio', 'combobox', 'button'] as const) {
    for (const control of page.getByRole(role).elements()) {
      const named = page.getByRole(role, { name: /\S/ }).elements();
      expect(named).toContain(control);
    }
  }
});

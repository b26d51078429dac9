import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { Stage } from './mount.js';

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

  it('shows special tokens among tokens only', async () => {
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

  it('cuts the text as it is typed', async () => {
    await userEvent.fill(page.getByRole('textbox'), ';');
    await stage.drawn();
    expect(stage.segments().map((span) => span.textContent)).toEqual(['One;', 'two.\nThree.', 'Four;', 'five.']);
  });

  it('may open segments instead', async () => {
    await userEvent.fill(page.getByRole('textbox'), 'two|five');
    await userEvent.selectOptions(page.getByRole('combobox', { name: 'What a match does' }), 'starts');
    await stage.drawn();
    expect(stage.segments().map((span) => span.textContent)).toEqual(['One;', 'two.\nThree.', 'Four;', 'five.']);
  });

  it('says what is wrong beside the field, and keeps the last one that was right', async () => {
    await userEvent.fill(page.getByRole('textbox'), ';');
    await userEvent.fill(page.getByRole('textbox'), '(');
    await stage.drawn();
    await expect.element(page.getByRole('textbox')).toHaveAttribute('aria-invalid', 'true');
    await expect.element(page.getByText('Invalid: unterminated group.')).toBeVisible();
    expect(stage.segments()).toHaveLength(4);
  });
});

describe('a custom pattern that backtracks for ever', () => {
  const hangs = '(a+)+$';

  it('is given up within two seconds, and says so in its place, while the page lives on', async () => {
    await stage.open(`One; two ${'a'.repeat(60)}b.`, ' Four; five.');
    await page.getByRole('radio', { name: 'Custom' }).click({ force: true });
    await userEvent.fill(page.getByRole('textbox'), ';');
    await stage.drawn();
    const start = performance.now();
    await userEvent.fill(page.getByRole('textbox'), hangs);
    expect(stage.store.snapshot.pattern.status).toBe('pending');
    await new Promise(requestAnimationFrame);
    expect(performance.now() - start, 'the page draws on while the pattern runs').toBeLessThan(900);
    await expect.element(page.getByText('This expression takes too long on this text.')).toBeVisible();
    expect(performance.now() - start).toBeLessThan(2000);
    await expect.element(page.getByRole('textbox')).toHaveAttribute('aria-invalid', 'true');
    expect(stage.segments()).toHaveLength(4);
  });

  it('is left as soon as another one is typed', async () => {
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
  it('is the response, in the words of the model', async () => {
    await expect.element(page.getByRole('combobox', { name: 'Sequence' })).toHaveDisplayValue('Response: Four; five.');
  });
});

describe('the display panel', () => {
  it('opens over the page, within the window, and changes how scores are added up', async () => {
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

it('every control has a name', () => {
  for (const role of ['radio', 'combobox', 'button'] as const) {
    for (const control of page.getByRole(role).elements()) {
      const named = page.getByRole(role, { name: /\S/ }).elements();
      expect(named).toContain(control);
    }
  }
});

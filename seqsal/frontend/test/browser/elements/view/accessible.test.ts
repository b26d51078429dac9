import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { DemonstrationHost, SureHost, newest, wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

/** What the axe rules find wrong on the page, as sentences. */
async function faults(stage: Stage): Promise<string[]> {
  await stage.drawn();
  // The test's page is none of ours: it has no heading, landmark or title.
  const { violations } = await axe.run(stage.view, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] });
  return violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html.slice(0, 120)}`));
}

describe.each(['light', 'dark'] as const)('%s: the rules of accessibility hold', (theme) => {
  async function open(): Promise<Stage> {
    const stage = new Stage();
    stage.view.theme = theme;
    await stage.open('Likes: cheese.\nDislikes: eggs.\nDish: quiche.\n', 'It has eggs. Try another dish.');
    return stage;
  }

  it('with no selection', async () => {
    const stage = new Stage();
    stage.view.theme = theme;
    expect(await faults(stage)).toEqual([]);
  });

  it('with heat', async () => {
    const stage = await open();
    stage.segment('Try another dish.').click();
    await stage.score((i) => i);
    expect(await faults(stage)).toEqual([]);
  });

  it('with signed heat, underlined', async () => {
    const stage = await open();
    stage.store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input', marking: 'underline' } });
    stage.segment('Try another dish.').click();
    await stage.score((i) => i - 3, 'grad_dot_input');
    expect(await faults(stage)).toEqual([]);
  });

  it('with a selection that has gaps, the list of the strongest, and the certainty of the answer', async () => {
    const host = new SureHost();
    const stage = new Stage(host);
    stage.view.theme = theme;
    await stage.open('Likes: cheese.\nDislikes: eggs.\nDish: quiche.\n', 'It has eggs. Try another dish.');
    stage.store.dispatch({ type: 'adjust', choices: { ranking: true, certainty: true } });
    const call = newest(host.sureties);
    call.resolve(wordTokens(call.input).tokens.map((_, i) => (i < 7 ? null : -i / 4)));
    stage.segment('Dislikes: eggs.').click();
    await userEvent.click(stage.segment('Try another dish.'), { modifiers: ['Control'] });
    await stage.score((i) => i);
    expect(stage.part('seqsal-ranking').renderRoot.querySelectorAll('li').length).toBeGreaterThan(1);
    expect(await faults(stage)).toEqual([]);
  });

  it('with heat that is nearly even, on a long prompt with its overview', async () => {
    const stage = new Stage();
    stage.view.theme = theme;
    await stage.open(Array.from({ length: 90 }, (_, i) => `line${String(i)}.\n`).join(''), 'The answer.');
    stage.segment('The answer.').click();
    await stage.score(() => 1);
    for (let i = 0; i < 4; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(stage.part('seqsal-overview').checkVisibility({ visibilityProperty: true })).toBe(true);
    expect(await faults(stage)).toEqual([]);
  });

  it.each(['Display', 'Save', 'Help'])('with the panel %s open', async (name) => {
    const stage = await open();
    await page.getByRole('button', { name, exact: true }).click();
    await expect.element(page.getByRole('dialog', { name })).toBeVisible();
    expect(await faults(stage)).toEqual([]);
  });

  it('with a custom pattern that is invalid, among tokens', async () => {
    const stage = await open();
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'custom', pattern: '(', role: 'ends' } } });
    expect(await faults(stage)).toEqual([]);
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'tokens', pattern: '', role: 'ends' } } });
    expect(await faults(stage)).toEqual([]);
  });

  it.each([340, 900])('with the line on a demonstration model, %i pixels wide', async (width) => {
    const stage = new Stage(new DemonstrationHost());
    stage.view.theme = theme;
    stage.view.style.width = `${String(width)}px`;
    await stage.open('Likes: cheese.\nDislikes: eggs.\nDish: quiche.\n', 'It has eggs. Try another dish.');
    expect(stage.part('seqsal-notes').renderRoot.textContent).toContain('demonstration');
    expect(await faults(stage)).toEqual([]);
  });

  it('with an error', async () => {
    const stage = await open();
    stage.segment('It has eggs.').click();
    newest(stage.host.saliences).reject(new Error('9 tokens, and 5 fit.'));
    expect(await faults(stage)).toEqual([]);
  });
});

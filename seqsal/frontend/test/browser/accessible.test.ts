import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { newest } from '../unit/by-hand.js';
import { Stage } from './mount.js';

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

  it('with nothing chosen', async () => {
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

  it('with heat of two signs, underlined', async () => {
    const stage = await open();
    stage.store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input', marking: 'underline' } });
    stage.segment('Try another dish.').click();
    await stage.score((i) => i - 3, 'grad_dot_input');
    expect(await faults(stage)).toEqual([]);
  });

  it('with a custom pattern that is invalid, among tokens', async () => {
    const stage = await open();
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'custom', pattern: '(', role: 'ends' } } });
    expect(await faults(stage)).toEqual([]);
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'tokens', pattern: '', role: 'ends' } } });
    expect(await faults(stage)).toEqual([]);
  });

  it('with an error', async () => {
    const stage = await open();
    stage.segment('It has eggs.').click();
    newest(stage.host.saliences).reject(new Error('9 tokens, and 5 fit.'));
    expect(await faults(stage)).toEqual([]);
  });
});

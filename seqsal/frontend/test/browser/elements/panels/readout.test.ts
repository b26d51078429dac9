import { expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { Stage } from '../../../helpers/stage.js';

it.each([340, 620, 1100])('is as high whatever is pointed at, so that no text moves: %i pixels wide', async (width) => {
  const stage = new Stage();
  stage.view.style.width = `${String(width)}px`;
  await stage.open('Likes: cheese.\nDislikes: eggs.\n', 'It has eggs. Try another dish. Enjoy.');
  const height = (): number => stage.part('seqsal-text').clientHeight;
  const before = height();
  for (const select of [false, true]) {
    if (select) {
      stage.segment('Try another dish.').click();
      await stage.score((i) => i);
    }
    const heights = new Set<number>();
    for (const pointed of ['Likes: cheese.', 'Try another dish.', 'Enjoy.']) {
      await userEvent.hover(stage.segment(pointed));
      await stage.drawn();
      heights.add(height());
    }
    await userEvent.unhover(stage.segment('Enjoy.'));
    await stage.drawn();
    expect([...heights, height()]).toEqual([before, before]);
  }
});

it('forgets the segment under the pointer when the segmentation changes', async () => {
  const stage = new Stage();
  await stage.open('Likes: cheese.\nDislikes: eggs.\n', 'It has eggs.');
  stage.segment('It has eggs.').click();
  await stage.score((i) => i);
  const shown = (): string => stage.part('seqsal-readout').renderRoot.textContent;
  const text = stage.part('seqsal-text');
  text.dispatchEvent(new CustomEvent('seqsal-point', { detail: 1 }));
  await stage.drawn();
  expect(shown()).toContain('Likes: cheese.');
  const { granularity } = stage.store.snapshot.state;
  stage.store.dispatch({ type: 'adjust', choices: { granularity: { ...granularity, unit: 'words' } } });
  await stage.drawn();
  expect(shown()).not.toContain('Likes');
});

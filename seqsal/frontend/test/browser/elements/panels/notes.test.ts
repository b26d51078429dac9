import { describe, expect, it } from 'vitest';
import { DemonstrationHost } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const TEXT = ['Likes: cheese.\n', 'Try another dish.'] as const;

function notes(stage: Stage): HTMLElement[] {
  return [...stage.part('seqsal-notes').renderRoot.querySelectorAll('p')];
}

describe('a model that only serves to try things out', () => {
  it('is called so once, with how a real one is loaded', async () => {
    const stage = new Stage(new DemonstrationHost());
    stage.view.style.width = '900px';
    await stage.open(...TEXT);
    expect(notes(stage).map(({ innerText }) => innerText)).toEqual([
      'A small demonstration model, trained on a few kinds of prompt. To load a real one: load NAME:PATH (see the README)',
    ]);
    expect(stage.part('seqsal-notes').renderRoot.querySelector('[role]')).toBeNull();
  });

  it.each([
    [340, 'A small demonstration model. To load a real one: load NAME:PATH'],
    [200, 'A small demonstration model'],
  ])('is called so in fewer words where there is less room: %i pixels', async (width, words) => {
    const stage = new Stage(new DemonstrationHost());
    stage.view.style.width = `${String(width)}px`;
    await stage.open(...TEXT);
    expect(notes(stage).map(({ innerText }) => innerText)).toEqual([words]);
  });
});

it('say nothing, and take no room, of a model of somebody’s own', async () => {
  const stage = new Stage();
  await stage.open(...TEXT);
  expect(notes(stage)).toEqual([]);
  expect(stage.part('seqsal-notes').clientHeight).toBe(0);
});

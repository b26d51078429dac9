import { describe, expect, it } from 'vitest';
import { DemonstrationHost } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const TEXT = ['Likes: cheese.\n', 'Try another dish.'] as const;

function notes(stage: Stage): HTMLElement[] {
  return [...stage.part('seqsal-notes').renderRoot.querySelectorAll('p')];
}

describe('a demonstration model', () => {
  it('shows a note once, with the command that loads a real model', async () => {
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
  ])('shows a shorter note in a narrow view: %i pixels', async (width, words) => {
    const stage = new Stage(new DemonstrationHost());
    stage.view.style.width = `${String(width)}px`;
    await stage.open(...TEXT);
    expect(notes(stage).map(({ innerText }) => innerText)).toEqual([words]);
  });
});

it('shows no note for any other model', async () => {
  const stage = new Stage();
  await stage.open(...TEXT);
  expect(notes(stage)).toEqual([]);
  expect(stage.part('seqsal-notes').clientHeight).toBe(0);
});

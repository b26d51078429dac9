import { beforeEach, describe, expect, it } from 'vitest';
import type { SideBySide } from '../../../../src/core/state/view-state.js';
import { SharedChoices } from '../../../../src/host/shared-choices.js';
import { SharedComparisons } from '../../../../src/host/shared-comparisons.js';
import { SureHost, newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const KEPT = 'Paris is in France. Oslo is in Norway.';
const BEFORE = `${KEPT} Rome is in Italy. Question.`;
const AFTER = `${KEPT} Bern has bears. Zug saw rain. Question.`;

let [before, after]: Stage[] = [];
let hosts: [SureHost, SureHost];
let choices: SharedChoices;

/** Two views of one page, as LIT shows a pinned example and the one that was made from it. */
beforeEach(async () => {
  hosts = [new SureHost(), new SureHost()];
  const comparisons = new SharedComparisons({ before: 'pinned', after: 'selected' });
  choices = new SharedChoices();
  [before, after] = hosts.map((host, i) => {
    const stage = new Stage(host, () => {
      comparisons.update();
    });
    const alignTo = stage.view.alignTo.bind(stage.view);
    comparisons.join(stage.store, () => ({ model: 'm', pinned: i === 0, alignTo }));
    choices.join(stage.store);
    stage.view.addEventListener('seqsal-scroll', (event) => {
      comparisons.scrolled(stage.store, (event as CustomEvent).detail as never);
    });
    return stage;
  });
  await before?.open(BEFORE, ' Oslo it is. Yes.');
  await after?.open(AFTER, ' Oslo it is. No.');
});

function stages(): [Stage, Stage] {
  if (!before || !after) throw new Error('There are no views.');
  return [before, after];
}

/** Selects the first sentence of both answers and scores it: 1 to 4 in the pinned text, twice as much in the other. */
async function ask(): Promise<void> {
  for (const [i, stage] of stages().entries()) {
    stage.segment('Oslo it is.').click();
    await stage.drawn();
    await stage.score((token) => (1 + i) * token);
  }
}

async function colour(sideBySide: SideBySide): Promise<void> {
  choices.adjust({ sideBySide });
  for (const stage of stages()) await stage.drawn();
}

function colourOf(stage: Stage, text: string): string {
  return stage.segment(text).className.replace(/^s ?/, '');
}

function words(stage: Stage, part: 'seqsal-findings' | 'seqsal-changes' | 'seqsal-legend' | 'seqsal-readout'): string {
  return stage.part(part).renderRoot.textContent.replaceAll(/\s+/g, ' ').trim();
}

describe('the heat of two versions of a prompt', () => {
  it('is on a scale of its own for each', async () => {
    await ask();
    const [first, second] = stages();
    // The strongest of each.
    expect(colourOf(first, 'Rome is in Italy.')).toBe('strength-24');
    expect(colourOf(second, 'Zug saw rain.')).toBe('strength-24');
  });

  it('has the same colour for the same score on one scale', async () => {
    await ask();
    await colour('shared');
    const [first, second] = stages();
    const level = (stage: Stage, text: string): number => Number(/\d+/.exec(colourOf(stage, text))?.[0]);
    // Twice the score of the same tokens is twice the level.
    expect(level(second, 'Paris is in France.')).toBeCloseTo(2 * level(first, 'Paris is in France.'), -0.5);
    expect(level(second, 'Oslo is in Norway.')).toBeGreaterThan(level(first, 'Oslo is in Norway.'));
  });

  it('is the change of each score as a difference, with the same colour on both sides', async () => {
    await ask();
    await colour('difference');
    const [first, second] = stages();
    for (const text of ['Paris is in France.', 'Oslo is in Norway.', 'Question.']) {
      expect(colourOf(first, text)).toMatch(/^support-/);
      expect(colourOf(first, text)).toBe(colourOf(second, text));
    }
    // Removed text lost its score, added text gained it.
    expect(colourOf(first, 'Rome is in Italy.')).toMatch(/^against-/);
    expect(colourOf(second, 'Zug saw rain.')).toMatch(/^support-/);
    expect(words(second, 'seqsal-legend')).toContain('gained');
  });

  it('is in the readout for the segment under the pointer', async () => {
    await ask();
    const [first, second] = stages();
    second.segment('Oslo is in Norway.').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    await second.drawn();
    expect(words(second, 'seqsal-readout')).toMatch(/salience 52.0 \(pinned: 26.0\)/);
    first.segment('Rome is in Italy.').dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
    await first.drawn();
    expect(words(first, 'seqsal-readout')).toContain('(not in the selected one)');
  });

  it('says what is missing while one side has no selection', async () => {
    await colour('difference');
    expect(words(stages()[1], 'seqsal-changes')).toContain('Select something in both texts');
    await ask();
    expect(words(stages()[1], 'seqsal-changes')).not.toContain('Select something');
  });

  it('says how likely the selection is in both answers', async () => {
    await ask();
    const chance = [0.25, 0.75];
    for (const [i, host] of hosts.entries()) {
      const { input, resolve } = newest(host.sureties);
      const prompt = 1 + (input.prompt.match(/\S+/g)?.length ?? 0);
      const answer = input.target.match(/\S+/g)?.length ?? 0;
      const first = [Math.log(chance[i] ?? 1), 0, 0];
      resolve([...Array<null>(prompt).fill(null), ...first, ...Array<number>(answer - first.length).fill(-1)]);
    }
    for (const stage of stages()) await stage.drawn();
    const sentence =
      '“Oslo it is.” is 25 % likely in the pinned text and 75 % likely in the selected one: 3 times more likely.';
    for (const stage of stages()) {
      expect(words(stage, 'seqsal-findings').replaceAll(' ', ' ')).toContain(sentence);
    }
    // The other answers differ, so there is nothing to compare.
    const [, second] = stages();
    second.segment('No.').click();
    await second.drawn();
    expect(words(second, 'seqsal-findings')).toBe('');
  });
});

describe('scrolling', () => {
  it('keeps equal text level', async () => {
    const line = (i: number): string => `Line ${String(i)} of a long prompt with some words in it.\n`;
    const lines = Array.from({ length: 120 }, (_, i) => line(i));
    const more = Array.from({ length: 30 }, (_, i) => `Added line ${String(i)} is not there before.\n`);
    const [first, second] = stages();
    await first.open(lines.join(''), 'Yes.');
    await second.open([...lines.slice(0, 20), ...more, ...lines.slice(20)].join(''), 'Yes.');
    for (const stage of stages()) await stage.drawn();
    const topOf = (stage: Stage, text: string): number =>
      stage.segment(text.trim()).getBoundingClientRect().top - stage.part('seqsal-text').getBoundingClientRect().top;

    const text = second.part('seqsal-text');
    text.dispatchEvent(new WheelEvent('wheel', { bubbles: true, composed: true }));
    text.scrollTop += topOf(second, line(90)) - 10;
    await expect.poll(() => Math.abs(topOf(first, line(90)) - topOf(second, line(90)))).toBeLessThan(2);
    // Within the added lines the other text waits at the place where they were added.
    text.dispatchEvent(new WheelEvent('wheel', { bubbles: true, composed: true }));
    text.scrollTop += topOf(second, more[15] ?? '') - 10;
    expect(topOf(second, more[15] ?? '')).toBe(10);
    await expect.poll(() => topOf(first, line(20))).toBe(0);
  });
});

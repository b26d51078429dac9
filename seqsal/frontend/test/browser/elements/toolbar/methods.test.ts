import { beforeEach, describe, expect, it } from 'vitest';
import { page } from 'vitest/browser';
import type { SavedResult } from '../../../../src/core/saved/result.js';
import { mount as mountSaved } from '../../../../src/host/saved/view.js';
import { HandHost, newest, settled } from '../../../helpers/hand-host.js';
import { CONTRAST, GRADIENTS } from '../../../helpers/methods.js';
import { Stage } from '../../../helpers/stage.js';

const UNSIGNED = { ...CONTRAST, name: 'mass', label: 'Mass', signed: false };
let stage: Stage;

beforeEach(async () => {
  stage = new Stage(new HandHost([...GRADIENTS, CONTRAST, UNSIGNED]));
  await stage.open('One. Two.', ' Three.');
});

async function choose(name: string): Promise<void> {
  await page.getByRole('radio', { name, exact: true }).click({ force: true });
  await stage.drawn();
}

function legend(): string {
  return stage.part('seqsal-legend').renderRoot.textContent.trim().replaceAll(/\s+/g, ' ');
}

describe('a method that only its description knows', () => {
  it('is offered by its label, with its help', () => {
    const label = page.getByRole('radio', { name: 'Contrast' }).element().closest('label');
    expect(label?.textContent.trim()).toBe('Contrast');
    expect(label?.title).toBe('What speaks for this answer and not for the other.');
  });

  it('is requested once it is chosen, and painted with its sign', async () => {
    stage.segment('Three.').click();
    await stage.score(() => 1);
    await choose('Contrast');
    expect(stage.painted(), 'nothing of the other method stays').toEqual([]);
    expect(newest(stage.host.saliences).input.methods).toEqual(['contrast']);
    await stage.score((i) => (i === 1 ? 1 : -1), 'contrast');
    expect(legend()).toBe('− against positive supports the selection+ supports');
    const [support, against] = ['One.', 'Two.'].map((text) => getComputedStyle(stage.segment(text)).backgroundColor);
    expect(support).not.toBe(against);
    await choose('Grad L2');
    expect(stage.painted()).toEqual(['One.', 'Two.']);
    expect(stage.host.saliences).toHaveLength(2);
  });

  it('without a sign has the unsigned scale', async () => {
    stage.segment('Three.').click();
    await choose('Mass');
    await stage.score((i) => i, 'mass');
    expect(legend()).toContain('more');
  });

  it('shows the pending state like a new selection', async () => {
    stage.segment('Three.').click();
    await stage.score(() => 1);
    await choose('Contrast');
    await expect.element(page.getByText('Computing what the selection depends on')).toBeVisible();
  });
});

it('a saved page shows the label and the sign of a method that only the file knows', async () => {
  const file: SavedResult = {
    format: 'seqsal-salience',
    version: 1,
    prompt: 'One. Two.',
    target: ' Three.',
    source: 'response',
    tokens: ['One.', ' Two.', ' Three.'],
    special_tokens_mask: [0, 0, 0],
    methods: ['contrast'],
    method_descriptions: [CONTRAST],
    salience: [{ selection: [[2, 3]], scores: { contrast: [1, 2, 0] } }],
    selected: true,
    view: { method: 'contrast' },
  };
  stage.view.remove();
  const parent = document.createElement('div');
  parent.style.cssText = 'width:620px;height:400px';
  document.body.append(parent);
  const { element, unmount } = mountSaved(parent, file);
  await settled();
  await element.updateComplete;
  await expect.element(page.getByRole('radio', { name: 'Contrast' })).toBeChecked();
  await expect.element(page.getByText('+ supports')).toBeVisible();
  unmount();
  parent.remove();
});

import { expect, it } from 'vitest';
import { newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const EXAMPLE = { key: '1', prompt: 'Dish: quiche.\n', target: 'It has eggs.' };

function line(stage: Stage, work: string): Element | null {
  const status = stage.view.renderRoot.querySelector(`seqsal-status[work='${work}']`);
  return status?.shadowRoot?.querySelector('.line') ?? null;
}

it('shows a reason once where the answer and the tokens fail for the same one', async () => {
  const stage = new Stage();
  stage.store.show(EXAMPLE, stage.host);
  newest(stage.host.generations).reject(new Error('The prompt ends with a document.'));
  await expect.poll(() => stage.host.tokenizations.length).toBe(1);
  newest(stage.host.tokenizations).reject(new Error('The prompt ends with a document.'));
  await expect.poll(() => stage.store.snapshot.tokens.status).toBe('error');
  await stage.drawn();
  expect(line(stage, 'generation')?.textContent).toContain('There is no answer. The prompt ends with a document.');
  expect(line(stage, 'tokens')).toBeNull();
});

it('shows each reason where the answer and the tokens fail for different ones', async () => {
  const stage = new Stage();
  stage.store.show(EXAMPLE, stage.host);
  newest(stage.host.generations).reject(new Error('The model ran out of memory.'));
  await expect.poll(() => stage.host.tokenizations.length).toBe(1);
  newest(stage.host.tokenizations).reject(new Error('The server does not answer.'));
  await expect.poll(() => line(stage, 'tokens')?.textContent).toContain('The server does not answer.');
  expect(line(stage, 'generation')?.textContent).toContain('The model ran out of memory.');
});

import { beforeEach, describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { HandHost, SureHost, newest } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

let stage: Stage;
let host: SureHost;

beforeEach(async () => {
  host = new SureHost();
  stage = new Stage(host);
  await stage.open('One two.', ' Three four. Five six.');
});

/** The texts under each kind of line, as the browser holds them. */
function lines(name: string): string[] {
  return [...(CSS.highlights.get(`seqsal-${name}`) ?? [])].map((range) => {
    const { startContainer, startOffset, endOffset } = range;
    return (startContainer.textContent ?? '').slice(startOffset, endOffset);
  });
}

async function press(): Promise<void> {
  await page.getByRole('button', { name: 'How sure was the model?' }).click();
  await stage.drawn();
}

async function answer(): Promise<void> {
  newest(host.sureties).resolve([null, null, null, Math.log(0.95), Math.log(0.6), Math.log(0.2), Math.log(0.01)]);
  await stage.drawn();
}

describe('how sure the model was', () => {
  it('is shown on demand under each token of the answer', async () => {
    expect(lines('sure')).toEqual([]);
    await press();
    await answer();
    const all = ['sure', 'likely', 'unsure', 'surprised'].map(lines);
    expect(all).toEqual([['Three'], ['four.'], ['Five'], ['six.']]);
    await press();
    expect(lines('sure')).toEqual([]);
    expect(host.sureties, 'it is requested once').toHaveLength(1);
  });

  it('has a legend while there are lines', async () => {
    await press();
    await expect.element(page.getByRole('list', { name: 'Probability of each token' })).not.toBeInTheDocument();
    await answer();
    const items = page.getByRole('list', { name: 'Probability of each token' }).getByRole('listitem').elements();
    expect(items.map((item) => item.textContent.replaceAll('\u202f', ' '))).toEqual([
      '≥ 90 %',
      '50–90 %',
      '10–50 %',
      '< 10 %',
    ]);
  });

  it('stays with other segments, and does not change the heat', async () => {
    await press();
    await answer();
    stage.segment('Five six.').click();
    await stage.score((i) => i);
    expect(stage.painted()).toEqual(['One two.', 'Three four.']);
    stage.store.dispatch({ type: 'adjust', choices: { granularity: { unit: 'words', pattern: '', role: 'ends' } } });
    await stage.drawn();
    expect(['sure', 'likely', 'unsure', 'surprised'].map(lines)).toEqual([['Three'], ['four.'], ['Five'], ['six.']]);
  });

  it('is shown as a number for the segment under the pointer', async () => {
    await press();
    await answer();
    await userEvent.hover(stage.segment('Five six.'));
    await stage.drawn();
    const readout = stage.part('seqsal-readout').renderRoot.textContent.replaceAll(/\s+/g, ' ');
    expect(readout).toContain('␣Five 20 %␣six. 1 %');
  });

  it('shows an error and can be retried', async () => {
    await press();
    newest(host.sureties).reject(new Error('Out of memory.'));
    await stage.drawn();
    const status = stage.view.renderRoot.querySelector("seqsal-status[work='logprobs']");
    expect(status?.shadowRoot?.textContent).toContain('The probabilities of the tokens are unknown. Out of memory.');
    status?.shadowRoot?.querySelector('button')?.click();
    await answer();
    expect(lines('surprised')).toEqual(['six.']);
  });

  it('can be stopped, and its late answer is dropped', async () => {
    await press();
    const asked = newest(host.sureties);
    const button = page.getByRole('button', { name: 'Stop' });
    await expect.element(button).toBeVisible();
    await button.click();
    expect(asked.signal.aborted).toBe(true);
    await answer();
    expect(lines('sure')).toEqual([]);
  });

  it('is removed with its view, without affecting another view', async () => {
    await press();
    await answer();
    const other = new SureHost();
    const second = new Stage(other);
    second.store.dispatch({ type: 'adjust', choices: { certainty: true } });
    await second.open('A', ' sure');
    newest(other.sureties).resolve([null, null, -0.001]);
    await second.drawn();
    expect(lines('sure')).toEqual(['Three', 'sure']);
    stage.view.remove();
    expect(lines('sure')).toEqual(['sure']);
    second.view.remove();
    expect(lines('sure')).toEqual([]);
  });

  it('is painted again after the view is moved on the page', async () => {
    await press();
    await answer();
    const parent = document.createElement('div');
    document.body.append(parent);
    parent.append(stage.view);
    await stage.drawn();
    expect(lines('sure')).toEqual(['Three']);
    parent.remove();
  });

  it('is not offered without log-probabilities', async () => {
    stage.store.show({ key: 'x', prompt: 'A', target: ' b' }, new HandHost());
    await stage.drawn();
    expect(page.getByRole('button', { name: 'How sure was the model?' }).elements()).toEqual([]);
  });
});

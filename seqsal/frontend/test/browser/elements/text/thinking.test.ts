import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { ANSWER, PROMPT, ThinkingStage } from '../../../helpers/thinking-stage.js';

beforeEach(() => {
  localStorage.clear();
});

describe('a block of thinking', () => {
  it('is folded once the answer is there, and unfolded by mouse and keyboard', async () => {
    const stage = await new ThinkingStage().answer();
    expect(stage.title).toBe('Thinking · 6 tokens');
    expect(stage.header.ariaExpanded).toBe('false');
    expect(stage.visible()).toEqual(['Who came?', 'It rained.', 'It was Ann.', 'She came.']);
    await userEvent.click(stage.header);
    await stage.drawn();
    expect(stage.header.ariaExpanded).toBe('true');
    expect(stage.visible()).toEqual([
      'Who came?',
      'It rained.',
      '<think> Hm.',
      'Let me see. </think>',
      'It was Ann.',
      'She came.',
    ]);
    stage.header.focus();
    await userEvent.keyboard('{Enter}');
    await stage.drawn();
    expect(stage.visible()).toHaveLength(4);
  });

  it('stays as the user left it, with the next answer too', async () => {
    const stage = await new ThinkingStage().answer();
    stage.header.click();
    await stage.answer(PROMPT, `${ANSWER} Really.`);
    expect(stage.header.ariaExpanded).toBe('true');
  });

  it('is not folded at first if no answer follows it', async () => {
    const stage = await new ThinkingStage().answer(PROMPT, '<think> Hm. </think>');
    expect(stage.header.ariaExpanded).toBe('true');
  });

  it('is shown while the model writes', async () => {
    const stage = new ThinkingStage();
    stage.store.show({ key: '1', prompt: PROMPT, target: '' }, stage.host);
    const shown = (): string => stage.root.querySelector<HTMLElement>('.target .flow')?.innerText ?? '';
    stage.host.report({ stage: 'writing', text: '<think> Hm.' });
    await stage.drawn();
    expect(shown()).toBe('Thinking\n<think> Hm.');
    const { header } = stage;
    stage.host.report({ stage: 'writing', text: '<think> Hm. Let me </think> It' });
    await stage.drawn();
    expect(shown()).toBe('Thinking\n<think> Hm. Let me </think>\nIt');
    expect(stage.header).toBe(header);
    header.click();
    await stage.drawn();
    expect(shown()).toBe('Thinking\nIt');
    stage.host.report({ stage: 'writing', text: '<think> Hm. Let me </think> It was' });
    await stage.drawn();
    expect(shown()).toBe('Thinking\nIt was');
  });

  it('is found while the model writes, also where the prompt opened it, once it is closed', async () => {
    const stage = new ThinkingStage();
    stage.store.show({ key: '1', prompt: PROMPT, target: '' }, stage.host);
    const shown = (): string => stage.root.querySelector<HTMLElement>('.target .flow')?.innerText ?? '';
    stage.host.report({ stage: 'writing', text: 'Hm. ' });
    await stage.drawn();
    expect(shown().trim()).toBe('Hm.');
    stage.host.report({ stage: 'writing', text: 'Hm. </think> It was' });
    await stage.drawn();
    expect(shown()).toBe('Thinking\nHm. </think>\nIt was');
    stage.host.report({ stage: 'writing', text: 'It was' });
    await stage.drawn();
    expect(shown()).toBe('It was');
  });

  it('is shown from the first piece on where the prompt opened it', async () => {
    const stage = new ThinkingStage();
    stage.store.show({ key: '1', prompt: PROMPT, target: '' }, stage.host);
    const shown = (): string => stage.root.querySelector<HTMLElement>('.target .flow')?.innerText ?? '';
    stage.host.report({ stage: 'writing', text: 'Hm.', opened: '<think>' });
    await stage.drawn();
    expect(shown()).toBe('Thinking\nHm.');
    const { header } = stage;
    stage.host.report({ stage: 'writing', text: 'Hm. </think> It was', opened: '<think>' });
    await stage.drawn();
    expect(shown()).toBe('Thinking\nHm. </think>\nIt was');
    expect(stage.header).toBe(header);
  });

  it('has the heat of its segments while it is folded', async () => {
    const stage = await new ThinkingStage().answer();
    await stage.explain();
    // 4 words of the prompt have 4, 6 tokens of the thinking 24, 3 of the answer 1.5.
    expect(stage.title).toBe('Thinking · 6 tokens81 % of the salience');
    expect(getComputedStyle(stage.header).backgroundColor).not.toBe('rgba(0, 0, 0, 0)');
    stage.header.click();
    await stage.drawn();
    expect(stage.title).toBe('Thinking · 6 tokens');
    expect(stage.painted()).toContain('Let me see. </think>');
  });

  it('says that it holds the selection', async () => {
    const stage = await new ThinkingStage().answer();
    stage.header.click();
    await stage.drawn();
    stage.segment('Let me see. </think>').click();
    await stage.drawn();
    stage.header.click();
    await stage.drawn();
    expect(stage.title).toContain('holds the selection');
  });

  it('is skipped by arrows while it is folded, and the tab key reaches the answer', async () => {
    const stage = await new ThinkingStage().answer();
    const reached = stage.segments().find((span) => span.hasAttribute('tabindex'));
    expect(reached?.textContent).toBe('It was Ann.');
    stage.segment('It rained.').click();
    await stage.drawn();
    await userEvent.keyboard('{ArrowRight}');
    expect(stage.part('seqsal-text').shadowRoot?.activeElement?.textContent).toBe('It was Ann.');
  });

  it('keeps a way in for the tab key when it is folded around it', async () => {
    const stage = await new ThinkingStage().answer();
    stage.header.click();
    await stage.drawn();
    stage.segment('Let me see. </think>').click();
    await stage.drawn();
    stage.header.click();
    await stage.drawn();
    const reached = stage.segments().find((span) => span.hasAttribute('tabindex'));
    expect(reached?.textContent).toBe('It was Ann.');
  });

  it('unfolds to show one of the strongest segments', async () => {
    const stage = await new ThinkingStage().answer();
    await stage.explain();
    await userEvent.keyboard('n');
    await stage.drawn();
    expect(stage.header.ariaExpanded).toBe('true');
  });

  it('is accessible, folded and not', async () => {
    const stage = await new ThinkingStage().answer();
    await stage.explain();
    for (const folded of ['true', 'false']) {
      expect(stage.header.ariaExpanded).not.toBe(folded);
      const { violations } = await axe.run(stage.view, { rules: { region: { enabled: false } } });
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
      stage.header.click();
      await stage.drawn();
    }
  });

  it('is in a plain prompt too, and there may be several', async () => {
    const stage = await new ThinkingStage().answer('Who came? ', '<think> A </think> So. <think> B </think> Ann.');
    expect(stage.visible()).toEqual(['Who came?', 'So.', 'Ann.']);
    expect(stage.root.querySelectorAll('.fold')).toHaveLength(2);
  });

  it('costs an answer without thinking nothing', async () => {
    const stage = await new ThinkingStage().answer(PROMPT, 'It was Ann. She came.');
    expect(stage.root.querySelector('.fold, .part')).toBeNull();
    expect(stage.root.querySelector('.target .flow')?.role).toBe('listbox');
  });
});

import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { ThinkingHost, newest, settled, thinkingTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const PROMPT = 'user:\nWho came? It rained.';
const ANSWER = '<think> Hm. Let me see. </think> It was Ann. She came.';

class Thinking extends Stage {
  readonly thinker: ThinkingHost;

  constructor(host = new ThinkingHost(['grad_l2', 'grad_dot_input', 'ablation'])) {
    super(host);
    this.thinker = host;
  }

  async answer(prompt = PROMPT, answer = ANSWER): Promise<this> {
    this.store.show({ key: prompt + answer, prompt, target: '' }, this.host);
    newest(this.host.generations).resolve([{ text: answer, score: null }]);
    await settled();
    const call = newest(this.host.tokenizations);
    call.resolve(thinkingTokens(call.input));
    await this.drawn();
    return this;
  }

  get root(): ParentNode {
    return this.part('seqsal-text').renderRoot;
  }

  get header(): HTMLButtonElement {
    const [header] = this.root.querySelectorAll<HTMLButtonElement>('.fold');
    if (!header) throw new Error('There is no block of thinking.');
    return header;
  }

  /** The segments that are in view. */
  visible(): string[] {
    return this.segments()
      .filter((span) => span.checkVisibility())
      .map(({ textContent }) => textContent);
  }

  readout(): string {
    return (
      this.part('seqsal-readout').renderRoot.querySelector('.long.parts')?.textContent.trim().replaceAll(/\s/g, ' ') ??
      ''
    );
  }

  /** The text of the header, with plain spaces. */
  get title(): string {
    return this.header.textContent.replaceAll(/\s/g, ' ');
  }

  get passOn(): HTMLButtonElement | null {
    return this.part('seqsal-actions').renderRoot.querySelector('.pass-on');
  }

  /** Scores of tokens: 1 on the prompt, 4 on the thinking, 0.5 on the answer. */
  async explain(text = 'She came.', method = 'grad_l2'): Promise<void> {
    this.segment(text).click();
    await this.drawn();
    await this.respond(method);
  }

  async respond(method = 'grad_l2', of = [1, 4, 0.5]): Promise<void> {
    const { tokens, thinking = [] } = thinkingTokens(newest(this.host.tokenizations).input);
    const [block] = thinking;
    const at = (i: number): number => (!block || i < block.start ? 0 : i < block.end ? 1 : 2);
    const scores = tokens.map((_, i) => of[at(i)] ?? 0);
    newest(this.host.saliences).resolve({ [method]: scores });
    await this.drawn();
  }
}

beforeEach(() => {
  localStorage.clear();
});

describe('a block of thinking', () => {
  it('is folded once the answer is there, and unfolded by mouse and keyboard', async () => {
    const stage = await new Thinking().answer();
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
    const stage = await new Thinking().answer();
    stage.header.click();
    await stage.answer(PROMPT, `${ANSWER} Really.`);
    expect(stage.header.ariaExpanded).toBe('true');
  });

  it('is not folded at first if no answer follows it', async () => {
    const stage = await new Thinking().answer(PROMPT, '<think> Hm. </think>');
    expect(stage.header.ariaExpanded).toBe('true');
  });

  it('is shown while the model writes', async () => {
    const stage = new Thinking();
    stage.store.show({ key: '1', prompt: PROMPT, target: '' }, stage.host);
    stage.host.report({ stage: 'writing', text: '<think> Hm.' });
    await stage.drawn();
    expect(stage.root.querySelector<HTMLElement>('.target')?.innerText).toContain('<think> Hm.');
  });

  it('has the heat of its segments while it is folded', async () => {
    const stage = await new Thinking().answer();
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
    const stage = await new Thinking().answer();
    stage.header.click();
    await stage.drawn();
    stage.segment('Let me see. </think>').click();
    await stage.drawn();
    stage.header.click();
    await stage.drawn();
    expect(stage.title).toContain('holds the selection');
  });

  it('is skipped by arrows while it is folded, and the tab key reaches the answer', async () => {
    const stage = await new Thinking().answer();
    const reached = stage.segments().find((span) => span.hasAttribute('tabindex'));
    expect(reached?.textContent).toBe('It was Ann.');
    stage.segment('It rained.').click();
    await stage.drawn();
    await userEvent.keyboard('{ArrowRight}');
    expect(stage.part('seqsal-text').shadowRoot?.activeElement?.textContent).toBe('It was Ann.');
  });

  it('keeps a way in for the tab key when it is folded around it', async () => {
    const stage = await new Thinking().answer();
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
    const stage = await new Thinking().answer();
    await stage.explain();
    await userEvent.keyboard('n');
    await stage.drawn();
    expect(stage.header.ariaExpanded).toBe('true');
  });

  it('is accessible, folded and not', async () => {
    const stage = await new Thinking().answer();
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
    const stage = await new Thinking().answer('Who came? ', '<think> A </think> So. <think> B </think> Ann.');
    expect(stage.visible()).toEqual(['Who came?', 'So.', 'Ann.']);
    expect(stage.root.querySelectorAll('.fold')).toHaveLength(2);
  });

  it('costs an answer without thinking nothing', async () => {
    const stage = await new Thinking().answer(PROMPT, 'It was Ann. She came.');
    expect(stage.root.querySelector('.fold, .part')).toBeNull();
    expect(stage.root.querySelector('.target .flow')?.role).toBe('listbox');
  });
});

describe('the readout', () => {
  it('tells the shares of the prompt, the thinking and the answer', async () => {
    const stage = await new Thinking().answer();
    await stage.explain();
    expect(stage.readout()).toBe(
      '14 % of the salience is on the prompt, 81 % on the thinking, 5 % on the answer before it',
    );
  });

  it('says that they are of absolute values for a signed method, and leaves out an answer without salience', async () => {
    const stage = await new Thinking().answer();
    stage.store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input' } });
    await stage.explain('It was Ann.', 'grad_dot_input');
    expect(stage.readout()).toBe('14 % of the salience is on the prompt, 86 % on the thinking (absolute values)');
  });

  it('does not for a selection before the thinking', async () => {
    const stage = await new Thinking().answer();
    await stage.explain('It rained.');
    expect(stage.readout()).toBe('');
    expect(stage.passOn).toBeNull();
  });
});

describe('the switch that passes the thinking on', () => {
  it('requests other scores, which it keeps besides the first ones', async () => {
    const stage = await new Thinking().answer();
    await stage.explain();
    const requests = stage.host.saliences.length;
    expect(newest(stage.host.saliences).input.through).toBeUndefined();
    stage.passOn?.click();
    await stage.drawn();
    expect(newest(stage.host.saliences).input).toMatchObject({ through: true, methods: ['grad_l2', 'grad_dot_input'] });
    await stage.respond('grad_l2', [7, 0, 0.5]);
    expect(stage.passOn?.ariaPressed).toBe('true');
    expect(stage.title).toBe('Thinking · 6 tokenspassed on');
    expect(stage.readout()).toBe(
      '95 % of the salience is on the prompt, 5 % on the answer before it; the thinking is passed on',
    );
    stage.passOn?.click();
    await stage.drawn();
    expect(stage.readout()).toContain('81 % on the thinking');
    expect(stage.host.saliences).toHaveLength(requests + 1);
  });

  it('is disabled for methods that score segments, with the reason', async () => {
    const stage = await new Thinking().answer();
    stage.store.dispatch({ type: 'adjust', choices: { through: true } });
    await stage.explain();
    expect(newest(stage.host.saliences).input.through).toBe(true);
    stage.store.dispatch({ type: 'adjust', choices: { method: 'ablation' } });
    await stage.drawn();
    expect(newest(stage.host.saliences).input.through).toBeUndefined();
    expect(stage.passOn?.disabled).toBe(true);
    expect(stage.passOn?.title).toContain('scores segments');
  });

  it('is there only if the server can pass scores on', async () => {
    const host = new ThinkingHost();
    const stage = await new Thinking(Object.assign(host, { passesOn: false })).answer();
    await stage.explain();
    expect(stage.passOn).toBeNull();
  });
});

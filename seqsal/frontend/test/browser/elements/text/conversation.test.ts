import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import { ChatHost, chatTokens, newest, settled, wordTokens } from '../../../helpers/hand-host.js';
import { Stage } from '../../../helpers/stage.js';

const PROMPT =
  'system:\nBe brief. Be kind.\n\ndocument:\nAnn came. It rained.\n\nuser:\nWho came?\n\nuser:\n\\user: \nمرحبا بالعالم';
const ANSWER = 'It was Ann. She came.';

class Conversation extends Stage {
  readonly chat: ChatHost;

  constructor(host = new ChatHost()) {
    super(host);
    this.chat = host;
  }

  /** Shows a prompt whose answer is not written yet. */
  async begin(prompt = PROMPT): Promise<void> {
    this.store.show({ key: prompt, prompt, target: '' }, this.host);
    await this.drawn();
  }

  async answer(): Promise<void> {
    newest(this.host.generations).resolve([{ text: ANSWER, score: null }]);
    await settled();
    const call = newest(this.host.tokenizations);
    call.resolve(call.input.prompt === PROMPT ? chatTokens(call.input) : wordTokens(call.input));
    await this.drawn();
  }

  async openAll(prompt = PROMPT): Promise<this> {
    await this.begin(prompt);
    await this.answer();
    return this;
  }

  get root(): ParentNode {
    return this.part('seqsal-text').renderRoot;
  }

  /** What each block shows, as lines. */
  blocks(): string[] {
    return [...this.root.querySelectorAll<HTMLElement>('.message')].map(({ innerText }) => innerText);
  }

  special(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>('.special')];
  }

  note(): HTMLElement | null {
    return this.part('seqsal-notes').renderRoot.querySelector('.plain');
  }

  units(): string[] {
    const choice = this.part('seqsal-toolbar').renderRoot.querySelector('seqsal-choice');
    return [...(choice?.renderRoot.querySelectorAll('input') ?? [])].map(({ ariaLabel }) => ariaLabel ?? '');
  }

  async adjust(unit: 'messages' | 'tokens' | 'sentences'): Promise<void> {
    const granularity = { ...this.store.snapshot.state.granularity, unit };
    this.store.dispatch({ type: 'adjust', choices: { granularity } });
    await this.drawn();
  }
}

beforeEach(() => {
  localStorage.clear();
});

describe('a prompt with messages', () => {
  it('is shown as blocks with roles while the model writes', async () => {
    const stage = new Conversation();
    await stage.begin();
    expect(stage.blocks()).toEqual([
      'System\nBe brief. Be kind.',
      'Document 1\nAnn came. It rained.',
      'User\nWho came?',
      'User\nuser: \nمرحبا بالعالم',
    ]);
    const [first] = stage.root.querySelectorAll('.message');
    stage.host.report({ stage: 'writing', text: 'It' });
    await stage.drawn();
    expect(stage.root.querySelector('.message')).toBe(first);
  });

  it('keeps these blocks, with the tokens of the template in them', async () => {
    const stage = await new Conversation().openAll();
    expect(stage.blocks().map((text) => text.replaceAll('⏎', '|'))).toEqual([
      'System\n<start>system|Be brief. Be kind.<end>|',
      'Document 1\n<start>document|Ann came. It rained.<end>|',
      'User\n<start>user|Who came?<end>|',
      'User\n<start>user|user: \nمرحبا بالعالم<end>|',
    ]);
    const target = stage.root.querySelector<HTMLElement>('.target .flow');
    expect(target?.innerText).toBe(`<start>assistant⏎${ANSWER}`);
  });

  it('hides the tokens of the template if the user wants', async () => {
    const stage = await new Conversation().openAll();
    expect(stage.special().every(({ clientHeight, offsetHeight }) => clientHeight + offsetHeight > 0)).toBe(true);
    stage.store.dispatch({ type: 'adjust', choices: { template: false } });
    await stage.adjust('tokens');
    expect(stage.blocks()[0]).toBe('System\nBe brief. Be kind.');
  });

  it('is cut into messages, of which one click explains one', async () => {
    const stage = await new Conversation().openAll();
    expect(stage.units()).toContain('Messages');
    await stage.adjust('messages');
    expect(stage.segments().map(({ textContent }) => textContent)).toEqual([
      'Be brief. Be kind.',
      'Ann came. It rained.',
      'Who came?',
      'user: \nمرحبا بالعالم',
      ANSWER,
    ]);
    stage.segment(ANSWER).click();
    await stage.score((i) => i + 1);
    expect(stage.painted()).toHaveLength(4);
    expect(stage.special().every((span) => !span.className.includes('strength'))).toBe(true);
  });

  it('is one text for the keyboard', async () => {
    const stage = await new Conversation().openAll();
    // After three tokens of the template and “Be brief.”.
    stage.part('seqsal-text').focusSegment(4);
    const focused = (): string | undefined =>
      stage.part('seqsal-text').shadowRoot?.activeElement?.textContent ?? undefined;
    expect(focused()).toBe('Be kind.');
    await userEvent.keyboard('{ArrowRight}');
    expect(focused()).toBe('Ann came.');
    await userEvent.keyboard('{ArrowLeft}{Home}');
    expect(focused()).toBe('Be brief.');
  });

  it.each(['light', 'dark'] as const)('keeps the rules of accessibility: %s', async (theme) => {
    const stage = new Conversation();
    stage.view.theme = theme;
    await stage.openAll();
    stage.segment('She came.').click();
    await stage.score((i) => i);
    const { violations } = await axe.run(stage.view, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] });
    expect(violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`))).toEqual([]);
  });

  it('is a picture with its roles', async () => {
    const stage = await new Conversation().openAll();
    const texts = stage
      .part('seqsal-text')
      .measure([])
      .drawing.texts.map(({ text }) => text);
    expect(texts.filter((text) => /^(?:System|User|Document 1)$/.test(text))).toHaveLength(4);
  });
});

describe('a plain prompt on a model with a chat template', () => {
  it('is said to be plain, and can be sent as a message', async () => {
    const stage = await new Conversation().openAll('Hi\nthere');
    expect(stage.blocks()).toEqual([]);
    expect(stage.units()).not.toContain('Messages');
    expect(stage.note()?.innerText).toContain('This prompt is sent as plain text, without the model’s chat template.');
    stage.note()?.querySelector('button')?.click();
    expect(stage.chat.added).toEqual(['user:\nHi\nthere']);
    expect(await new Conversation().openAll().then((other) => other.note())).toBeNull();
  });

  it('is not said to be plain again once the note is dismissed', async () => {
    const stage = await new Conversation().openAll('Hi');
    stage.note()?.querySelector<HTMLElement>('.close')?.click();
    await stage.drawn();
    expect(stage.note()).toBeNull();
    expect(await new Conversation().openAll('Hi').then((other) => other.note())).toBeNull();
  });
});

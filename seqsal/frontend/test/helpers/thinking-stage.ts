import { ThinkingHost, newest, settled, thinkingTokens } from './hand-host.js';
import { Stage } from './stage.js';

export const PROMPT = 'user:\nWho came? It rained.';
export const ANSWER = '<think> Hm. Let me see. </think> It was Ann. She came.';

/** A stage for an answer that reasons. */
export class ThinkingStage extends Stage {
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

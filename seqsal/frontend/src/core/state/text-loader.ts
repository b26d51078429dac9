import type { Granularity } from '../text/boundaries.js';
import { alignTokens } from '../text/tokens.js';
import type { TokenizedText } from '../text/tokens.js';
import type { Host, TokenizeInput } from './host.js';
import { RequestSlot } from './request.js';
import { Segmenter } from './segmenter.js';
import type { FindStarts } from './segmenter.js';

/** The tokens of a text, and its segmentation. */
export class TextLoader extends RequestSlot<TokenizedText> {
  readonly segmenter: Segmenter;
  readonly #granularity: () => Granularity;

  constructor(changed: () => void, findStarts: FindStarts, granularity: () => Granularity) {
    super(changed);
    this.segmenter = new Segmenter(changed, findStarts);
    this.#granularity = granularity;
  }

  /** The tokens, if they are known. */
  get text(): TokenizedText | null {
    return this.state.status === 'ready' ? this.state.value : null;
  }

  /** Requests the tokens of a text, and aligns them with it. */
  async load(host: Host, input: TokenizeInput): Promise<void> {
    await this.start(async (signal, report) => {
      const { tokens, special, ids, messages, ...blocks } = await host.tokenize(input, signal, report);
      const laid = alignTokens(tokens, special, input.prompt, input.target, ids, messages, blocks);
      // Applied before the tokens are shown, or the text would first be drawn in other segments.
      if (!signal.aborted) await this.segmenter.apply(laid.text, this.#granularity());
      return laid;
    });
  }

  /** Divides the text into segments. Returns false if there is none, or if another one has taken its place meanwhile. */
  async segment(): Promise<boolean> {
    const [state, granularity] = [this.state, this.#granularity()];
    if (state.status !== 'ready') return false;
    await this.segmenter.apply(state.value.text, granularity);
    return this.state === state && this.#granularity() === granularity;
  }
}

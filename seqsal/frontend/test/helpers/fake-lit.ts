import { LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import type { LitInput, LitModelInfos, LitModuleElement, LitSpec } from '../../src/host/lit/types.js';

const spec = (fields: Record<string, string>): LitSpec =>
  Object.fromEntries(Object.entries(fields).map(([key, name]) => [key, { name }]));

/** What LIT says of a model with some output fields. */
export function modelInfo(fields: Record<string, string>): LitModelInfos[string] {
  return { spec: { input: {}, output: spec(fields) } };
}

const MODELS: LitModelInfos = {
  toy: modelInfo({ response: 'GeneratedText' }),
  _toy_tokenizer: modelInfo({ tokens: 'Tokens', special_tokens_mask: 'TokenScores' }),
  _toy_salience: modelInfo({ grad_l2: 'TokenScores' }),
  alone: modelInfo({ response: 'GeneratedText' }),
};

/** As much of LIT's own classes as the adapter meets: the same chain, the same names. */
export class FakeLitModule extends LitElement {
  static shouldDisplayModule(): boolean {
    return true;
  }
  model = 'toy';
  readonly selectionService: { primarySelectedInputData: LitInput | null } = { primarySelectedInputData: null };
  readonly appState = { currentDataset: 'prompts', metadata: { models: MODELS } };
  #reactions: (() => void)[] = [];

  reactImmediately<T>(watch: () => T, effect: (value: T) => void): void {
    this.#reactions.push(() => {
      effect(watch());
    });
    this.react();
  }

  react(): void {
    for (const reaction of this.#reactions) reaction();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#reactions = [];
  }

  protected override render(): TemplateResult {
    return (this as unknown as LitModuleElement).renderImpl();
  }
}
class FakeExampleModule extends FakeLitModule {}
class FakeSalienceModule extends FakeExampleModule {}

/** Registers LIT's own module, in which ours finds the base class. */
export function defineFakeLit(): void {
  customElements.define('sequence-salience-module', FakeSalienceModule);
}

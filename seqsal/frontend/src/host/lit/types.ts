import type { TemplateResult } from 'lit';

// The parts of LIT's client (lit-nlp 1.3.1) that the adapter touches. LIT ships no types, only its built bundle; these
// are written after the interfaces seen at run time.

export interface LitField {
  /** The name of the LitType, such as "GeneratedText". */
  readonly name: string;
  /** For generated text: the dataset field that holds a reference. */
  readonly parent?: string | null;
  /** For a category: what it may be. */
  readonly vocab?: readonly string[] | null;
}

export type LitSpec = Readonly<Record<string, LitField>>;

export interface LitModelInfo {
  /** The docstring of the wrapper's class, unless that says something else. */
  readonly description?: string;
  readonly spec: { readonly input: LitSpec; readonly output: LitSpec };
}

export type LitModelInfos = Readonly<Record<string, LitModelInfo>>;

export interface LitInput {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: { readonly added?: boolean; readonly [key: string]: unknown };
}

export interface LitModuleElement extends HTMLElement {
  readonly model: string;
  /** 0 for the selected example, 1 for the pinned one. */
  readonly selectionServiceIndex?: number;
  readonly selectionService: { readonly primarySelectedInputData: LitInput | null };
  readonly appState: {
    readonly currentDataset: string;
    readonly metadata: {
      readonly models: LitModelInfos;
      /** What our own server says beside what LIT's does. */
      readonly seqsal?: { readonly wantsState?: boolean; readonly jobs?: string };
    };
  };
  requestUpdate(): void;
  connectedCallback(): void;
  disconnectedCallback(): void;
  /** Runs `effect` now and whenever what `watch` reads has changed; held back while the module is hidden. */
  reactImmediately<T>(watch: () => T, effect: (value: T) => void): void;
  renderImpl(): TemplateResult;
}

export interface LitModuleClass {
  new (): LitModuleElement;
  title: string;
  infoMarkdown: string;
  numCols: number;
  duplicateForExampleComparison: boolean;
  duplicateForModelComparison: boolean;
  duplicateAsRow: boolean;
  template: (model: string, selectionServiceIndex: number, shouldReact: number) => TemplateResult;
  shouldDisplayModule(models: LitModelInfos, dataset: LitSpec): boolean;
}

import type { TemplateResult } from 'lit';

// The parts of LIT's client (lit-nlp 1.3.1) that the adapter uses. LIT ships no types, only its built bundle; these describe
// the interfaces observed at run time.

export interface LitField {
  /** The name of the LitType, such as "GeneratedText". */
  readonly name: string;
  /** For generated text: the dataset field that holds the reference. */
  readonly parent?: string | null;
  /** For a category: its possible values. */
  readonly vocab?: readonly string[] | null;
}

export type LitSpec = Readonly<Record<string, LitField>>;

export interface LitModelInfo {
  /** The docstring of the wrapper's class, unless the wrapper overrides it. */
  readonly description?: string;
  readonly spec: { readonly input: LitSpec; readonly output: LitSpec };
}

export type LitModelInfos = Readonly<Record<string, LitModelInfo>>;

export interface LitInput {
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: { readonly added?: boolean; readonly [key: string]: unknown };
}

export interface LitSelection {
  readonly primarySelectedInputData: LitInput | null;
  /** The ids of all selected examples, in the order of the dataset. */
  readonly selectedIds?: readonly string[];
  selectIds?(ids: readonly string[]): void;
}

export interface LitModuleElement extends HTMLElement {
  readonly model: string;
  /** 0 for the selected example, 1 for the pinned one. */
  readonly selectionServiceIndex?: number;
  readonly selectionService: LitSelection;
  readonly appState: {
    readonly currentDataset: string;
    /** Whether a pinned example is shown next to the selected one. */
    compareExamplesEnabled?: boolean;
    /** All examples of the dataset, with those that were added on the page. */
    readonly currentInputData?: readonly LitInput[];
    /** Returns an example of the dataset without values, and without an id. */
    makeEmptyDatapoint?(source: string): LitInput;
    /** Asks the server for the ids of new examples. */
    annotateNewData?(examples: readonly LitInput[]): Promise<readonly LitInput[]>;
    /** Adds examples to the dataset on the page; those that it has are ignored. */
    commitNewDatapoints?(examples: readonly LitInput[]): void;
    readonly metadata: {
      readonly models: LitModelInfos;
      /** What our own server adds. */
      readonly seqsal?: { readonly wantsState?: boolean; readonly jobs?: string; readonly keepsTrails?: boolean };
    };
  };
  requestUpdate(): void;
  connectedCallback(): void;
  disconnectedCallback(): void;
  /** Runs `effect` now and whenever the result of `watch` changes; deferred while the module is hidden. */
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

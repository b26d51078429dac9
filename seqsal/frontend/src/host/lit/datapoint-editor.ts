import type { LitModuleElement } from './types.js';
import type { PromptPlace, UnsentPrompts } from './unsent-prompts.js';

/** The parts of LIT's Datapoint Editor that are used here (lit-nlp 1.3.1). */
interface DatapointEditor extends LitModuleElement {
  /** 0 while the module waits behind another tab; then it keeps edits of an example that is no longer selected. */
  readonly shouldReact?: number;
  /** The changed fields. */
  readonly dataEdits: Record<string, unknown>;
  updated(): void;
}

const EDITOR = 'datapoint-editor-module';
const PROMPT = 'prompt';

/** Makes LIT's Datapoint Editor show the edits of our views, and the reverse. Without LIT's editor on the page it does nothing. */
export function shareDatapointEditor(prompts: UnsentPrompts): void {
  const prototype = customElements.get(EDITOR)?.prototype as DatapointEditor | undefined;
  if (typeof prototype?.updated !== 'function') return;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- It is called on the module below.
  const { updated } = prototype;
  const places = new WeakMap<DatapointEditor, PromptPlace>();
  prototype.updated = function (this: DatapointEditor, ...changed: []): void {
    updated.apply(this, changed);
    if (!isKnown(this)) return;
    const place = places.get(this) ?? placeOf(this);
    places.set(this, place);
    if (this.isConnected) prompts.changed(place);
    else prompts.leave(place);
  };
}

function isKnown({ dataEdits, selectionService }: Partial<DatapointEditor>): boolean {
  return typeof dataEdits === 'object' && selectionService !== undefined;
}

function placeOf(editor: DatapointEditor): PromptPlace {
  return {
    get example() {
      return editor.selectionService.primarySelectedInputData?.id ?? null;
    },
    read() {
      if (editor.shouldReact === 0) return undefined;
      const prompt = editor.dataEdits[PROMPT];
      return typeof prompt === 'string' ? prompt : null;
    },
    write(prompt) {
      if (prompt === null) Reflect.deleteProperty(editor.dataEdits, PROMPT);
      else editor.dataEdits[PROMPT] = prompt;
    },
  };
}

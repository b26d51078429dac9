import type { Host } from '../../core/state/host.js';
import { modified } from './predict.js';
import type { LitInput, LitModuleElement, LitSelection } from './types.js';

/**
 * Adds a prompt to LIT's dataset and selects it, alone or next to the example that it is made from, as "Add" and "Add and compare"
 * in LIT's Datapoint Editor do. `made` is called with its id before it is selected. Empty if this LIT has no such services.
 */
export function additions(
  module: LitModuleElement,
  input: LitInput,
  made: (id: string) => void,
): Pick<Host, 'add' | 'addAndCompare'> {
  const pinned = selectionAt(module, 1);
  const addExample = exampleAdder(module, made);
  if (!addExample || !pinned?.selectIds) return {};
  const add = (prompt: string): Promise<void> =>
    addExample({ ...modified(input, { prompt }), meta: { added: true, source: 'manual', parentId: input.id } });
  return {
    add,
    addAndCompare: async (prompt) => {
      await add(prompt);
      // In this order: LIT builds its modules for the pinned example when the comparison starts.
      module.appState.compareExamplesEnabled = true;
      pinned.selectIds?.([input.id]);
    },
  };
}

/** Whether a prompt that is made from no example can be added: the dataset has prompts, and this LIT has the services. */
export function takesNewPrompts(module: LitModuleElement): boolean {
  return exampleAdder(module) !== null && 'prompt' in (emptyExample(module)?.data ?? {});
}

/** Adds such a prompt and selects it, as "Add" in an empty Datapoint Editor does. */
export async function addNewPrompt(module: LitModuleElement, prompt: string): Promise<void> {
  const empty = emptyExample(module);
  if (empty) await exampleAdder(module)?.({ ...empty, data: { ...empty.data, prompt } });
}

function emptyExample({ appState }: LitModuleElement): LitInput | null {
  return appState.makeEmptyDatapoint?.('manual') ?? null;
}

/** Adds an example to LIT's dataset and selects it; `made` is called with its id before. Null if this LIT has no such services. */
function exampleAdder(
  module: LitModuleElement,
  made: (id: string) => void = () => undefined,
): ((example: LitInput) => Promise<void>) | null {
  const [{ appState }, selected] = [module, selectionAt(module, 0)];
  if (!appState.annotateNewData || !appState.commitNewDatapoints || !selected?.selectIds) return null;
  return async (example) => {
    const examples = (await appState.annotateNewData?.([example])) ?? [];
    appState.commitNewDatapoints?.(examples);
    for (const { id } of examples) made(id);
    selected.selectIds?.(examples.map(({ id }) => id));
  };
}

/**
 * Selects an example, alone or next to the one that is selected now, which is pinned for that. An example that is pinned is unpinned
 * when it is selected alone. Does nothing if this LIT has no such services.
 */
export function visit(module: LitModuleElement, id: string, beside: boolean): void {
  const { appState } = module;
  const [selected, pinned] = [selectionAt(module, 0), selectionAt(module, 1)];
  const current = selected?.primarySelectedInputData?.id;
  if (!selected?.selectIds || current === undefined || (beside && id === current)) return;
  if (!beside && pinned?.primarySelectedInputData?.id === id) appState.compareExamplesEnabled = false;
  selected.selectIds([id]);
  if (!beside) return;
  appState.compareExamplesEnabled = true;
  pinned?.selectIds?.([current]);
}

/** The id of the pinned example; null if there is none. */
export function pinnedId(module: LitModuleElement): string | null {
  if (module.appState.compareExamplesEnabled !== true) return null;
  return selectionAt(module, 1)?.primarySelectedInputData?.id ?? null;
}

/**
 * LIT's selection of the selected example (0) or of the pinned one (1). LIT's bundle exports no services, but the getter of a
 * module reads one by the module's index (lit-nlp 1.3.1).
 */
function selectionAt(module: LitModuleElement, index: number): LitSelection | null {
  const owner = prototypesOf(module).find((each) => Object.hasOwn(each, 'selectionService'));
  return owner ? (Reflect.get(owner, 'selectionService', { selectionServiceIndex: index }) as LitSelection) : null;
}

function prototypesOf(object: object): object[] {
  const prototype = Object.getPrototypeOf(object) as object | null;
  return prototype === null ? [] : [prototype, ...prototypesOf(prototype)];
}

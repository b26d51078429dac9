// What the traits of a widget say.
import { readSaved } from '../../core/saved/reader.js';
import { restoreSaved } from '../../core/saved/result.js';
import type { Restored } from '../../core/saved/result.js';
import { describeMethods } from '../../core/scores/methods.js';
import type { MethodDescription } from '../../core/scores/methods.js';
import type { WidgetModel } from './channel.js';

export function restoredFrom(saved: unknown): Restored | null {
  try {
    return saved === null || saved === undefined ? null : restoreSaved(readSaved(saved));
  } catch (error) {
    console.warn(`seqsal: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

export function choicesIn(model: WidgetModel): Readonly<Record<string, string>> {
  return (model.get('choices') ?? {}) as Readonly<Record<string, string>>;
}

/** The choices as a text to compare. Python and JavaScript order names differently. */
export function sorted(choices: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(choices).sort());
}

/** The methods of the kernel's model, with the descriptions of the saved result. */
export function methodsIn(names: unknown, saved: Restored | null): MethodDescription[] {
  return describeMethods(Array.isArray(names) ? (names as unknown[]).map(String) : [], saved?.methods);
}

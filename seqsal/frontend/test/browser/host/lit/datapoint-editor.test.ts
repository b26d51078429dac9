import { describe, expect, it } from 'vitest';
import { shareDatapointEditor } from '../../../../src/host/lit/datapoint-editor.js';
import { UnsentPrompts } from '../../../../src/host/lit/unsent-prompts.js';

/** An editor of another version of LIT, without the data that the adapter knows. */
class OtherEditor extends HTMLElement {
  updates = 0;

  updated(): void {
    this.updates += 1;
  }
}

describe("LIT's Datapoint Editor", () => {
  it('may be missing, or of another version', () => {
    let waiting = 0;
    const prompts = new UnsentPrompts(() => {
      waiting += 1;
      return () => undefined;
    });
    shareDatapointEditor(prompts);
    customElements.define('datapoint-editor-module', OtherEditor);
    shareDatapointEditor(prompts);
    const editor = new OtherEditor();
    editor.updated();
    expect(editor.updates).toBe(1);
    expect(waiting).toBe(0);
  });
});

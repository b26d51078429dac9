import { beforeEach, describe, expect, it } from 'vitest';
import { UnsentPrompts } from '../../../../src/host/lit/unsent-prompts.js';
import type { PromptPlace } from '../../../../src/host/lit/unsent-prompts.js';

class Place implements PromptPlace {
  example: string | null;
  prompt: string | null | undefined;
  writes = 0;

  constructor(example: string | null, prompt: string | null | undefined = null) {
    [this.example, this.prompt] = [example, prompt];
  }

  read(): string | null | undefined {
    return this.prompt;
  }

  write(prompt: string | null): void {
    this.writes += 1;
    this.prompt = prompt;
  }
}

let align: () => void;
let prompts: UnsentPrompts;

beforeEach(() => {
  align = () => undefined;
  prompts = new UnsentPrompts((act) => {
    align = act;
    return () => undefined;
  });
});

function changed(...places: Place[]): void {
  for (const place of places) prompts.changed(place);
  align();
}

describe('a changed prompt', () => {
  it('is shown in all places of its example, and in no other', () => {
    const [view, editor, other] = [new Place('1'), new Place('1'), new Place('2')];
    changed(view, editor, other);
    view.prompt = 'new';
    changed(view);
    expect([editor.prompt, other.prompt]).toEqual(['new', null]);
    editor.prompt = 'newer';
    changed(editor);
    expect(view.prompt).toBe('newer');
    editor.prompt = null;
    changed(editor);
    expect(view.prompt).toBeNull();
    expect(other.writes).toBe(0);
  });

  it('comes to a place that is opened later, and back with its example', () => {
    const [view, editor] = [new Place('1', 'kept'), new Place('1')];
    editor.prompt = undefined;
    changed(view, editor);
    expect(editor.prompt).toBeUndefined();
    editor.prompt = null;
    changed(editor);
    expect(editor.prompt).toBe('kept');
    [editor.example, editor.prompt, view.example, view.prompt] = ['2', null, '2', null];
    changed(editor, view);
    expect([view.prompt, editor.prompt]).toEqual([null, null]);
    [editor.example, view.example] = ['1', '1'];
    changed(editor, view);
    expect([view.prompt, editor.prompt]).toEqual(['kept', 'kept']);
  });

  it('that was discarded does not come back from a place that was hidden', () => {
    const [view, editor] = [new Place('1', 'new'), new Place('1')];
    changed(view, editor);
    const hidden = editor.prompt;
    editor.prompt = undefined;
    view.prompt = null;
    changed(view, editor);
    editor.prompt = hidden;
    changed(editor);
    expect([view.prompt, editor.prompt]).toEqual([null, null]);
  });

  it('that a place cannot show does not end the edit elsewhere', () => {
    const view = new Place('1');
    view.write = () => undefined;
    const editor = new Place('1');
    changed(view, editor);
    editor.prompt = 'several messages';
    changed(editor);
    changed(view);
    expect(editor.prompt).toBe('several messages');
    view.prompt = 'mine';
    changed(view);
    expect(editor.prompt).toBe('mine');
  });

  it('that was sent is forgotten', () => {
    const view = new Place('1', 'new');
    changed(view);
    expect(prompts.of('1')).toBe('new');
    prompts.forget('1');
    view.prompt = null;
    changed(view);
    expect([prompts.of('1'), view.prompt]).toEqual([null, null]);
  });
});

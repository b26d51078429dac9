import { beforeEach, describe, expect, it } from 'vitest';
import { UiState } from '../../../../src/host/lit/ui-state.js';
import type { ShownView } from '../../../../src/host/lit/ui-state.js';
import { settled } from '../../../helpers/hand-host.js';

interface Sent {
  readonly views: readonly { readonly model: string }[];
  readonly answer: () => void;
  readonly fail: () => void;
}

let sent: Sent[];
let timers: (() => void)[];
let state: UiState;

beforeEach(() => {
  sent = [];
  timers = [];
  state = new UiState(
    (body) =>
      new Promise<void>((answer, fail) => {
        const { views } = JSON.parse(body) as Pick<Sent, 'views'>;
        sent.push({
          views,
          answer,
          fail: () => {
            fail(new Error('gone'));
          },
        });
      }),
    (tell) => timers.push(tell),
  );
});

function pass(): Promise<void> {
  for (const tell of timers.splice(0)) tell();
  return settled();
}

async function answer(): Promise<void> {
  sent.at(-1)?.answer();
  await settled();
}

function shows(model: string): ShownView {
  return { model, pinned: false } as ShownView;
}

const models = (): string[] | undefined => sent.at(-1)?.views.map(({ model }) => model);

describe('the state that the server gets', () => {
  it('has all views that show something, once after consecutive changes', async () => {
    state.join(() => shows('a'));
    state.join(() => null);
    state.join(() => shows('b'));
    expect(sent).toHaveLength(0);
    await pass();
    expect(sent).toHaveLength(1);
    expect(models()).toEqual(['a', 'b']);
  });

  it('is not sent again while it is the same', async () => {
    state.join(() => shows('a'));
    await pass();
    await answer();
    state.changed();
    await pass();
    expect(sent).toHaveLength(1);
  });

  it('waits for the answer to the last message before it sends later changes', async () => {
    let shown = 'first';
    state.join(() => shows(shown));
    await pass();
    shown = 'second';
    state.changed();
    await pass();
    expect(sent).toHaveLength(1);
    await answer();
    await pass();
    expect(sent).toHaveLength(2);
    expect(models()).toEqual(['second']);
  });

  it('is sent again after a message was lost', async () => {
    state.join(() => shows('a'));
    await pass();
    sent[0]?.fail();
    await settled();
    state.changed();
    await pass();
    expect(sent).toHaveLength(2);
    expect(models()).toEqual(['a']);
  });

  it('is empty once the modules are removed', async () => {
    const view = (): ShownView => shows('a');
    state.join(view);
    await pass();
    await answer();
    state.leave(view);
    await pass();
    expect(models()).toEqual([]);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { ThinkingHost, newest } from '../../../helpers/hand-host.js';
import { ThinkingStage } from '../../../helpers/thinking-stage.js';

beforeEach(() => {
  localStorage.clear();
});

describe('the readout', () => {
  it('shows the shares of the prompt, the thinking and the answer', async () => {
    const stage = await new ThinkingStage().answer();
    await stage.explain();
    expect(stage.readout()).toBe(
      '14 % of the salience is on the prompt, 81 % on the thinking, 5 % on the answer before it',
    );
  });

  it('says that they are of absolute values for a signed method, and leaves out an answer without salience', async () => {
    const stage = await new ThinkingStage().answer();
    stage.store.dispatch({ type: 'adjust', choices: { method: 'grad_dot_input' } });
    await stage.explain('It was Ann.', 'grad_dot_input');
    expect(stage.readout()).toBe('14 % of the salience is on the prompt, 86 % on the thinking (absolute values)');
  });

  it('does not for a selection before the thinking', async () => {
    const stage = await new ThinkingStage().answer();
    await stage.explain('It rained.');
    expect(stage.readout()).toBe('');
    expect(stage.passOn).toBeNull();
  });
});

describe('the switch that passes the thinking on', () => {
  it('requests other scores, which it keeps besides the first ones', async () => {
    const stage = await new ThinkingStage().answer();
    await stage.explain();
    const requests = stage.host.saliences.length;
    expect(newest(stage.host.saliences).input.through).toBeUndefined();
    stage.passOn?.click();
    await stage.drawn();
    expect(newest(stage.host.saliences).input).toMatchObject({ through: true, methods: ['grad_l2', 'grad_dot_input'] });
    await stage.respond('grad_l2', [7, 0, 0.5]);
    expect(stage.passOn?.ariaPressed).toBe('true');
    expect(stage.title).toBe('Thinking · 6 tokenspassed on');
    expect(stage.readout()).toBe(
      '95 % of the salience is on the prompt, 5 % on the answer before it; the thinking is passed on',
    );
    stage.passOn?.click();
    await stage.drawn();
    expect(stage.readout()).toContain('81 % on the thinking');
    expect(stage.host.saliences).toHaveLength(requests + 1);
  });

  it('is disabled for methods that score segments, with the reason', async () => {
    const stage = await new ThinkingStage().answer();
    stage.store.dispatch({ type: 'adjust', choices: { through: true } });
    await stage.explain();
    expect(newest(stage.host.saliences).input.through).toBe(true);
    stage.store.dispatch({ type: 'adjust', choices: { method: 'ablation' } });
    await stage.drawn();
    expect(newest(stage.host.saliences).input.through).toBeUndefined();
    expect(stage.passOn?.disabled).toBe(true);
    expect(stage.passOn?.title).toContain('scores segments');
  });

  it('is there only if the server can pass scores on', async () => {
    const host = new ThinkingHost();
    const stage = await new ThinkingStage(Object.assign(host, { passesOn: false })).answer();
    await stage.explain();
    expect(stage.passOn).toBeNull();
  });
});

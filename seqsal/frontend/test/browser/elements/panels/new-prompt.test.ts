import { beforeEach, describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import '../../../../src/elements/panels/new-prompt.js';
import type { SeqsalNewPrompt } from '../../../../src/elements/panels/new-prompt.js';
import { mount } from '../../../helpers/stage.js';

const run = vi.fn<(prompt: string) => Promise<void>>();
const box = page.getByRole('textbox', { name: 'Prompt' });
const button = page.getByRole('button', { name: 'Run' });
const choice = page.getByRole('checkbox', { name: 'Send as a chat message' });

let element: SeqsalNewPrompt;

beforeEach(() => {
  run.mockReset().mockResolvedValue();
  element = mount(document.createElement('seqsal-new-prompt'));
  element.run = run;
});

describe('a new prompt', () => {
  it('is run by the button or by keys, and its text is then removed', async () => {
    await expect.element(button).toBeDisabled();
    await userEvent.fill(box, '  \n');
    await expect.element(button).toBeDisabled();
    await userEvent.fill(box, 'Which city is it?');
    await userEvent.click(button);
    expect(run).toHaveBeenLastCalledWith('Which city is it?');
    await expect.element(box).toHaveValue('');
    await userEvent.fill(box, 'Another');
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    expect(run).toHaveBeenLastCalledWith('Another');
    await expect.element(choice).not.toBeInTheDocument();
  });

  it('is a message of the user for a model with a chat template, unless the user wants plain text', async () => {
    element.chat = true;
    await userEvent.fill(box, 'Which city is it?');
    await userEvent.click(button);
    expect(run).toHaveBeenLastCalledWith('user:\nWhich city is it?');
    await userEvent.fill(box, 'system:\nBe short.\n\nuser:\nWhich city is it?');
    await userEvent.click(button);
    expect(run).toHaveBeenLastCalledWith('system:\nBe short.\n\nuser:\nWhich city is it?');
    await userEvent.click(choice);
    await userEvent.fill(box, 'The city is');
    await userEvent.click(button);
    expect(run).toHaveBeenLastCalledWith('The city is');
  });

  it('keeps the text and says why if it cannot be added', async () => {
    run.mockRejectedValueOnce(new Error('The server does not answer.'));
    await userEvent.fill(box, 'Which city is it?');
    await userEvent.click(button);
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent('The prompt was not added: The server does not answer.');
    await expect.element(box).toHaveValue('Which city is it?');
    await userEvent.click(button);
    await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  });
});

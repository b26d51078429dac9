/** What anywidget gives of a widget's model, as far as it is used here. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown): void;
  on(name: string, callback: (...values: never[]) => void): void;
  off(name: string, callback: (...values: never[]) => void): void;
  /** Finds the model of another widget. */
  readonly widget_manager: { get_model(id: string): Promise<WidgetModel> };
}

type Fields = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly value: unknown;
  readonly buffers: readonly DataView[];
}

export const NO_KERNEL = 'No kernel answers. Run the cell again, or wait until the kernel is free.';

/** How long a kernel may take to say that it has heard: it says nothing while a cell runs, and nothing when it is gone. */
const PATIENCE_MS = 20_000;
/** The same before it has ever been heard: most often the notebook has been opened without a kernel. */
const FIRST_PATIENCE_MS = 3000;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly onProgress: (progress: Fields) => void;
}

/**
 * Questions to the kernel, and its answers, as custom messages of a widget.
 *
 * page to kernel: `{type: "hello"}`, `{type: "ask", id, what, input}` and `{type: "cancel", id}`.
 * kernel to page: `{type: "welcome"}`, `{type: "heard", id}`, `{type: "progress", id, value}`, and at last
 * `{type: "answer", id, value}` with buffers, or `{type: "error", id, reason}`.
 * Every page that shows the widget hears all answers; ids tell whose they are.
 */
export class NotebookChannel {
  readonly #model: WidgetModel;
  readonly #waiting = new Map<string, Waiting>();
  /** Called when a kernel is heard for the first time, or again after it has been silent. */
  readonly #heard: () => void;
  /** Whether the kernel has been silent for too long, or has not been heard yet. */
  #silent = true;
  #everHeard = false;
  /** Not crypto.randomUUID, which pages over plain http do not have. */
  readonly #page = Math.random().toString(36).slice(2);
  #asked = 0;

  constructor(model: WidgetModel, heard: () => void) {
    this.#model = model;
    this.#heard = heard;
    model.on('msg:custom', this.#onMessage);
    this.#send({ type: 'hello' });
  }

  close(): void {
    this.#model.off('msg:custom', this.#onMessage);
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(new Error(NO_KERNEL));
  }

  /**
   * Asks the kernel, which is told when nobody waits any more.
   *
   * @throws Error - the kernel's reason; or NO_KERNEL where it is silent.
   */
  ask(what: string, input: unknown, signal: AbortSignal, onProgress: Waiting['onProgress'] = ignore): Promise<Answer> {
    this.#asked += 1;
    const id = `${this.#page}-${String(this.#asked)}`;
    return new Promise((resolve, reject) => {
      const patience = this.#everHeard ? PATIENCE_MS : FIRST_PATIENCE_MS;
      const timer = setTimeout(() => {
        this.#silent = true;
        this.#take(id)?.reject(new Error(NO_KERNEL));
      }, patience);
      this.#waiting.set(id, { resolve, reject, timer, onProgress });
      signal.addEventListener('abort', () => {
        if (this.#take(id) === undefined) return;
        this.#send({ type: 'cancel', id });
        reject(new DOMException('Nobody waits for this any more.', 'AbortError'));
      });
      this.#send({ type: 'ask', id, what, input });
    });
  }

  #send(message: unknown): void {
    try {
      this.#model.send(message);
    } catch {
      // A comm that is closed throws, one that never was is passed over: both are heard as silence.
    }
  }

  readonly #onMessage = (message: unknown, buffers: readonly DataView[] = []): void => {
    const { type, id, value, reason } = asFields(message);
    this.#wake();
    if (typeof id !== 'string') return;
    switch (type) {
      case 'heard':
        clearTimeout(this.#waiting.get(id)?.timer);
        break;
      case 'progress':
        this.#waiting.get(id)?.onProgress(asFields(value));
        break;
      case 'answer':
        this.#take(id)?.resolve({ value, buffers });
        break;
      case 'error':
        this.#take(id)?.reject(new Error(String(reason)));
        break;
    }
  };

  #wake(): void {
    const woke = this.#silent;
    this.#silent = false;
    this.#everHeard = true;
    if (woke) this.#heard();
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}

function ignore(): void {
  // Nobody looks at the progress of this.
}

function asFields(message: unknown): Fields {
  return typeof message === 'object' && message !== null ? (message as Fields) : {};
}

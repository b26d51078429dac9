/** The part of anywidget's model that is used here. */
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

/** The kernel's answer: JSON and binary buffers. */
export interface Answer {
  readonly value: unknown;
  readonly buffers: readonly DataView[];
}

export const NO_KERNEL = 'The kernel does not respond. Run the cell again, or wait until the kernel is free.';

/** How long a kernel may take to acknowledge a request: it does not answer while a cell runs, nor when it has stopped. */
const TIMEOUT_MS = 20_000;
/** The same before its first message: usually the notebook has been opened without a kernel. */
const FIRST_TIMEOUT_MS = 3000;

interface PendingRequest {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
  readonly onProgress: (progress: Fields) => void;
}

/**
 * Requests to the kernel and its answers, as custom messages of a widget.
 *
 * Page to kernel: `{type: "hello"}`, `{type: "ask", id, what, input}` and `{type: "cancel", id}`.
 * Kernel to page: `{type: "welcome"}`, `{type: "heard", id}`, `{type: "progress", id, value}`, and at last
 * `{type: "answer", id, value}` with buffers, or `{type: "error", id, reason}`.
 * Every page that shows the widget receives all answers; ids distinguish them.
 */
export class NotebookChannel {
  readonly #model: WidgetModel;
  readonly #pending = new Map<string, PendingRequest>();
  /** Called at the first message of a kernel, and at the first after a timeout. */
  readonly #onConnect: () => void;
  /** Whether the kernel has not sent a message yet, or not since a timeout. */
  #disconnected = true;
  #everConnected = false;
  /** Not crypto.randomUUID, which is not available over plain http. */
  readonly #page = Math.random().toString(36).slice(2);
  #count = 0;

  constructor(model: WidgetModel, onConnect: () => void) {
    this.#model = model;
    this.#onConnect = onConnect;
    model.on('msg:custom', this.#onMessage);
    this.#send({ type: 'hello' });
  }

  close(): void {
    this.#model.off('msg:custom', this.#onMessage);
    for (const id of this.#pending.keys()) this.#take(id)?.reject(new Error(NO_KERNEL));
  }

  /**
   * Sends a request to the kernel. An abort cancels it there too.
   *
   * @throws Error - the kernel's reason, or NO_KERNEL if it does not answer.
   */
  request(
    what: string,
    input: unknown,
    signal: AbortSignal,
    onProgress: PendingRequest['onProgress'] = ignore,
  ): Promise<Answer> {
    this.#count += 1;
    const id = `${this.#page}-${String(this.#count)}`;
    return new Promise((resolve, reject) => {
      const timeout = this.#everConnected ? TIMEOUT_MS : FIRST_TIMEOUT_MS;
      const timer = setTimeout(() => {
        this.#disconnected = true;
        this.#take(id)?.reject(new Error(NO_KERNEL));
      }, timeout);
      this.#pending.set(id, { resolve, reject, timer, onProgress });
      signal.addEventListener('abort', () => {
        if (this.#take(id) === undefined) return;
        this.#send({ type: 'cancel', id });
        reject(new DOMException('The request was cancelled.', 'AbortError'));
      });
      this.#send({ type: 'ask', id, what, input });
    });
  }

  #send(message: unknown): void {
    try {
      this.#model.send(message);
    } catch {
      // A closed comm throws, and a comm that never opened ignores the message. Both lead to a timeout.
    }
  }

  readonly #onMessage = (message: unknown, buffers: readonly DataView[] = []): void => {
    const { type, id, value, reason } = asFields(message);
    this.#connected();
    if (typeof id !== 'string') return;
    switch (type) {
      case 'heard':
        clearTimeout(this.#pending.get(id)?.timer);
        break;
      case 'progress':
        this.#pending.get(id)?.onProgress(asFields(value));
        break;
      case 'answer':
        this.#take(id)?.resolve({ value, buffers });
        break;
      case 'error':
        this.#take(id)?.reject(new Error(String(reason)));
        break;
    }
  };

  #connected(): void {
    const reconnected = this.#disconnected;
    this.#disconnected = false;
    this.#everConnected = true;
    if (reconnected) this.#onConnect();
  }

  #take(id: string): PendingRequest | undefined {
    const request = this.#pending.get(id);
    clearTimeout(request?.timer);
    this.#pending.delete(id);
    return request;
  }
}

function ignore(): void {
  // The default: the caller shows no progress.
}

function asFields(message: unknown): Fields {
  return typeof message === 'object' && message !== null ? (message as Fields) : {};
}

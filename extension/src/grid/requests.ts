import type { Bytes, Question, Reply, ToKernel } from "./protocol.js";

export interface Answer {
  reply: Reply & { ok: true };
  buffers: readonly Bytes[];
}

interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (reason: Error) => void;
}

/** Questions to the kernel, and the promises of their answers. */
export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  readonly #send: (content: ToKernel) => void;
  #last = 0;
  #closed: string | null = null;

  constructor(send: (content: ToKernel) => void) {
    this.#send = send;
  }

  ask(question: Question): Promise<Answer> {
    if (this.#closed !== null) return Promise.reject(new Error(this.#closed));
    const request = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject });
      this.#send({ ...question, request });
    });
  }

  answer(reply: Reply, buffers: readonly Bytes[]): void {
    const waiting = this.#waiting.get(reply.request);
    if (!waiting) return;
    this.#waiting.delete(reply.request);
    if (reply.ok) waiting.resolve({ reply, buffers });
    else waiting.reject(new Error(reply.error));
  }

  /** No answer will come any more, until `open`. */
  close(reason: string): void {
    this.#closed = reason;
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(reason));
    this.#waiting.clear();
  }

  open(): void {
    this.#closed = null;
  }
}

import { Pictures, THUMB_SIDES } from "./pictures.js";
import type { Bytes, FromKernel, ToKernel } from "./protocol.js";
import type { Requests } from "./requests.js";
import type { Trans } from "./translate.js";

export const THUMBS_KEPT = 400;
export const FULLS_KEPT = 64;

/** The pictures of the cells: previews, thumbnails and full images, and the asking for those that are missing. */
export class Gallery {
  readonly #thumbs = new Pictures(THUMBS_KEPT);
  readonly #fulls = new Pictures(FULLS_KEPT);
  readonly #previews = new Pictures(THUMBS_KEPT);
  readonly #fullsAsked = new Map<string, Promise<string>>();
  readonly #versionOf: (id: number) => string | null;
  readonly #send: (content: ToKernel) => void;
  readonly #requests: Requests;
  readonly #trans: Trans;
  #thumbsAsked = new Set<string>();
  #side = 0;

  constructor(
    versionOf: (id: number) => string | null,
    send: (content: ToKernel) => void,
    requests: Requests,
    trans: Trans,
  ) {
    this.#versionOf = versionOf;
    this.#send = send;
    this.#requests = requests;
    this.#trans = trans;
  }

  /** Changes with the picture of a cell; null where it has none. */
  key(id: number): string | null {
    const version = this.#versionOf(id);
    return version === null ? null : `${id}@${version}`;
  }

  preview(id: number): string | null {
    return this.#previews.get(String(id));
  }

  /** The thumbnail in the side that was last asked for, or in another one until that is there. */
  thumb(id: number): string | null {
    const key = this.key(id);
    if (key === null) return null;
    for (const side of [this.#side, ...THUMB_SIDES]) {
      if (this.#thumbs.has(`${key}@${side}`)) return this.#thumbs.get(`${key}@${side}`);
    }
    return null;
  }

  full(id: number): string | null {
    const key = this.key(id);
    return key === null ? null : this.#fulls.get(key);
  }

  /** Asks for the thumbnails of these cells that are missing. Every message is the whole list, so the newest is enough. */
  wantThumbs(ids: readonly number[], side: number): void {
    this.#side = side;
    this.#thumbs.makeRoom(ids.length);
    const missing = new Map<string, number>();
    for (const id of ids) {
      const key = this.key(id);
      if (key !== null && !this.#thumbs.has(`${key}@${side}`)) missing.set(`${key}@${side}`, id);
    }
    if ([...missing.keys()].every((key) => this.#thumbsAsked.has(key))) return;
    this.#thumbsAsked = new Set(missing.keys());
    this.#send({ type: "thumbs", ids: [...missing.values()], side });
  }

  /** The URL of the stored image of a cell. */
  async wantFull(id: number): Promise<string> {
    const key = this.key(id);
    if (key === null) throw new Error(this.#trans.__("This cell has no image."));
    const kept = this.#fulls.get(key);
    if (kept !== null) return kept;
    const asked = this.#fullsAsked.get(key) ?? this.#askFull(id, key);
    this.#fullsAsked.set(key, asked);
    return asked;
  }

  addThumbs(message: FromKernel & { type: "thumbs" }, buffers: readonly Bytes[]): void {
    for (const [index, id] of message.ids.entries()) {
      const bytes = buffers[index];
      const key = `${id}@${message.versions[index] ?? ""}@${message.side ?? this.#side}`;
      if (bytes) this.#thumbs.set(key, bytes, message.mimes[index] ?? "");
    }
  }

  addPreview(id: number, bytes: Bytes, mime: string): void {
    this.#previews.set(String(id), bytes, mime);
  }

  dropPreview(id: number): void {
    this.#previews.delete(String(id));
  }

  /** What was asked of the kernel before is not under way any more. */
  askAgain(): void {
    this.#thumbsAsked.clear();
  }

  clear(): void {
    this.askAgain();
    for (const pictures of [this.#thumbs, this.#fulls, this.#previews]) pictures.clear();
  }

  async #askFull(id: number, key: string): Promise<string> {
    try {
      const { reply, buffers } = await this.#requests.ask({ type: "full", id });
      if (!buffers[0]) throw new Error(this.#trans.__("The kernel sent no image."));
      return this.#fulls.set(key, buffers[0], reply.mime ?? "");
    } finally {
      this.#fullsAsked.delete(key);
    }
  }
}

import { Notification } from "@jupyterlab/apputils";
import { ServerConnection } from "@jupyterlab/services";
import { Client } from "../api/client.js";
import { unreachable } from "../api/http.js";
import { sentenceOf } from "../api/sentence.js";
import type { CodeKind } from "../api/types.js";
import type { Dragged, GalleryAction, GalleryState, Http, Item, Translate } from "../gallery/host.js";
import { copyText } from "../grid/codeblock.js";
import type { Notebooks } from "./notebooks.js";
import type { Opened } from "./opened.js";

/** What happens with images that are selected in a gallery. */
export class Actions {
  readonly #client: Client;
  readonly #notebooks: Notebooks;
  readonly #translate: Translate;
  readonly #open: (opened: Opened) => void;
  readonly #state: () => Partial<GalleryState>;

  /** `state` is that of the gallery that is in use. */
  constructor(
    http: Http,
    notebooks: Notebooks,
    translate: Translate,
    open: (opened: Opened) => void,
    state: () => Partial<GalleryState>,
  ) {
    this.#state = state;
    this.#client = new Client(http);
    this.#notebooks = notebooks;
    this.#translate = translate;
    this.#open = open;
  }

  /** Does it; what fails is told in a notification, with a way to try again. */
  async do(action: GalleryAction, catalog: string, items: readonly Item[]): Promise<void> {
    const uids = items.map((item) => item.uid);
    switch (action) {
      case "tab":
        this.#open({ view: "gallery", state: { ...this.#state(), catalog, selected: uids }, tab: null });
        break;
      case "compare":
        this.#open({ view: "compare", catalog, uids });
        break;
      case "sweep": {
        const run = items[0]?.run ?? null;
        if (run !== null) this.#open({ view: "sweep", catalog, run });
        break;
      }
      case "recipe":
        await this.withCode({ catalog, uids }, action, null, (code) => this.#copy(code));
        break;
      default: {
        const kind = action === "insert" ? "generate" : action;
        await this.withCode({ catalog, uids }, kind, this.#notebooks.folder, (code) => this.#notebooks.insert(code));
      }
    }
  }

  /**
   * Hands the code that images have to `put`, for a notebook in a folder; where one of the two fails, that is told, and both
   * can be tried again.
   */
  async withCode(
    { catalog, uids }: Dragged,
    kind: CodeKind,
    folder: string | null,
    put: (code: string) => unknown,
  ): Promise<void> {
    try {
      const { code } = await this.#client.code(catalog, uids, kind, folder);
      await put(code);
    } catch (reason) {
      const __ = this.#translate;
      // Jupyter's own requests, as the one that makes a notebook, fail in another way.
      const lost = reason instanceof ServerConnection.NetworkError;
      const again = { label: __("Retry"), callback: () => void this.withCode({ catalog, uids }, kind, folder, put) };
      Notification.error(sentenceOf(lost ? unreachable() : reason, __), { autoClose: false, actions: [again] });
    }
  }

  async #copy(code: string): Promise<void> {
    const __ = this.#translate;
    if (await copyText(code)) Notification.info(__("The recipe is on the clipboard."), { autoClose: 3000 });
    else Notification.error(__("The browser does not let the page write to the clipboard: use Insert instead."));
  }
}

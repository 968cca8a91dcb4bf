import { Notification } from "@jupyterlab/apputils";
import { Client } from "../api/client.js";
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

  /** Does it; what fails is told in a notification. */
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
      default:
        await this.#bring(action, catalog, uids);
    }
  }

  /** The code that makes images again; null, and told, where there is none. */
  async codeOf({ catalog, uids }: Dragged, kind: CodeKind = "generate"): Promise<string | null> {
    try {
      const { code } = await this.#client.code(catalog, uids, kind);
      return code;
    } catch (reason) {
      Notification.error(reason instanceof Error ? reason.message : String(reason), { autoClose: false });
      return null;
    }
  }

  async #bring(kind: CodeKind | "insert", catalog: string, uids: string[]): Promise<void> {
    const code = await this.codeOf({ catalog, uids }, kind === "insert" ? "generate" : kind);
    if (code === null) return;
    if (kind !== "recipe") {
      await this.#notebooks.insert(code);
      return;
    }
    const __ = this.#translate;
    if (await copyText(code)) Notification.info(__("The recipe is on the clipboard."), { autoClose: 3000 });
    else Notification.error(__("The browser does not let the page write to the clipboard: use Insert instead."));
  }
}

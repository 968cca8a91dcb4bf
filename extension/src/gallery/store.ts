import { Client } from "../api/client.js";
import { Latest } from "../api/latest.js";
import type { CatalogEntry, Item } from "../api/types.js";
import type { GalleryHost, GalleryOptions, GalleryState } from "./host.js";
import type { Listing } from "./listing.js";
import { Looking } from "./looking.js";
import { folderWithout, goneFrom } from "./absent.js";
import { nearestFirst } from "./nearest.js";
import { OpenCatalog } from "./open_catalog.js";
import { kept, NOTHING, type Selection } from "./selection.js";
import { sentenceOf } from "./trouble.js";

export const SIDES = { least: 64, most: 512, first: 96 };
const SELECTED_KEPT = 500;
const MESSAGES_KEPT = 5;

export interface Message {
  level: "info" | "error";
  text: string;
}

function firstState(given: Partial<GalleryState>): GalleryState {
  const side = Math.min(SIDES.most, Math.max(SIDES.least, given.side ?? SIDES.first));
  return { catalog: null, pickedUnder: null, query: "", group: "day", selected: [], top: null, ...given, side };
}

/** All that the parts of one gallery share: the catalogs, the one that is shown, what is chosen, and how it is set. */
export class Store {
  readonly host: GalleryHost;
  readonly client: Client;
  readonly state: GalleryState;
  /** The nearest to the folder first; null until the server has told. */
  catalogs: readonly CatalogEntry[] | null = null;
  open: OpenCatalog | null = null;
  selection: Selection;
  /** Uid of the image whose details are shown. */
  detailed: string | null = null;
  messages: readonly Message[] = [];
  underWay: string | null = null;
  readonly #options: GalleryOptions;
  readonly #tell: () => void;
  readonly #asked = new Latest();
  /** Why there are no catalogs. */
  #trouble: string | null = null;
  #shown = false;
  readonly #looking = new Looking(() => void this.#loadCatalogs());
  /** The folder is another: a nearer catalog in the next answer is gone to. */
  #follows = false;
  #toldOfFolder = false;
  #items: readonly Item[] = [];
  #order: readonly string[] = [];
  #listed: Listing | null = null;
  #settled: readonly string[] = [];
  #seen: string | null = null;

  constructor(host: GalleryHost, options: GalleryOptions, tell: () => void) {
    this.host = host;
    this.client = new Client(host.http);
    this.state = firstState(options.state);
    const chosen = new Set(this.state.selected);
    this.selection = { ...NOTHING, chosen, focus: this.state.selected.at(-1) ?? null };
    this.#options = options;
    this.#tell = tell;
  }

  /** In the order of the list. */
  get items(): readonly Item[] {
    return this.open?.listing?.items ?? [];
  }

  /** Uids in the order of the list. */
  get order(): readonly string[] {
    if (this.#items !== this.items) {
      this.#items = this.items;
      this.#order = this.items.map((item) => item.uid);
    }
    return this.#order;
  }

  get chosenItems(): Item[] {
    const { chosen } = this.selection;
    if (chosen.size === 0) return [];
    const byUid = new Map(this.items.map((item) => [item.uid, item]));
    return [...chosen].map((uid) => byUid.get(uid)).filter((item) => item !== undefined);
  }

  get trouble(): string | null {
    return this.#trouble ?? this.open?.trouble ?? null;
  }

  /** How many images came to the top since it was last seen. */
  get arrivals(): number {
    return this.#seen === null ? 0 : Math.max(0, this.order.indexOf(this.#seen));
  }

  item(uid: string | null): Item | null {
    return uid === null ? null : (this.items.find((item) => item.uid === uid) ?? null);
  }

  sawTop(): void {
    this.#seen = this.order[0] ?? null;
  }

  show(): void {
    if (this.#shown) return;
    this.#shown = true;
    this.open?.listen();
    this.refresh();
  }

  hide(): void {
    this.#shown = false;
    this.#looking.stop();
    this.open?.stopListening();
  }

  dispose(): void {
    this.hide();
    this.#asked.stop();
    this.open?.dispose();
  }

  choose(change: Partial<GalleryState>): void {
    Object.assign(this.state, change);
    this.#tell();
  }

  select(selection: Selection): void {
    this.selection = selection;
    this.state.selected = [...selection.chosen].slice(0, SELECTED_KEPT);
    if (this.detailed !== null && selection.focus !== null) this.detailed = selection.focus;
    this.#tell();
  }

  showDetails(uid: string | null): void {
    this.detailed = uid;
    this.#tell();
  }

  notify(level: Message["level"], text: string): void {
    const others = this.messages.filter((other) => other.text !== text);
    this.messages = [...others, { level, text }].slice(-MESSAGES_KEPT);
    this.#tell();
  }

  /** What is under way, in words; null where nothing is. */
  progress(text: string | null): void {
    this.underWay = text;
    this.#tell();
  }

  dismiss(message: Message): void {
    this.messages = this.messages.filter((other) => other !== message);
    this.#tell();
  }

  /** Asks the server anew for the catalogs and for what is on the screen. */
  refresh(): void {
    void this.#loadCatalogs();
    this.open?.refresh();
  }

  /** A person has chosen this catalog. */
  pick(id: string): void {
    const entry = this.catalogs?.find((other) => other.id === id);
    if (entry && id !== this.state.catalog) {
      this.#follows = false;
      this.#enter(entry);
      this.state.pickedUnder = this.#options.catalogFolder;
    }
    this.#tell();
  }

  /** A gallery in a sidebar follows the file browser to the catalog of another folder. */
  setFolder(): void {
    if (this.catalogs === null) return;
    this.#follows = !this.#options.wide && this.#options.catalogFolder === "";
    this.#arrange(this.catalogs);
    if (this.#shown) this.#looking.soon();
    this.#tell();
  }

  async search(query: string): Promise<void> {
    const isNew = query !== this.state.query;
    this.state.query = query;
    if (isNew) this.state.top = null;
    const { open } = this;
    if (!open) return;
    const found = await open.search(query);
    if (open !== this.open) return;
    // Whatever the catalogs' request met with is older than this.
    if (found || open.failed) this.#trouble = null;
    if (found && isNew) this.select(NOTHING);
    this.#tell();
  }

  /** What has to follow when the list is another; for the drawing. */
  settle(): void {
    const { listing = null } = this.open ?? {};
    const [before, now] = [this.#settled, this.order];
    this.#settled = now;
    if (listing !== this.#listed) {
      this.#listed = listing;
      this.sawTop();
      const { top } = this.state;
      if (top !== null && !now.includes(top)) void listing?.seek(top);
    } else if (before !== now) {
      this.selection = kept(this.selection, before, now);
      if (!now.includes(this.#seen ?? "")) this.sawTop();
    }
  }

  /** The settings name a folder, and nobody chose otherwise since: the catalog that is shown does not stay. */
  get #leads(): boolean {
    const { catalogFolder } = this.#options;
    return catalogFolder !== "" && this.state.pickedUnder !== catalogFolder;
  }

  /** Puts the nearest first, and goes there where the folder is another. */
  #arrange(catalogs: readonly CatalogEntry[]): readonly CatalogEntry[] {
    const before = this.catalogs?.[0]?.id;
    const sorted = (this.catalogs = nearestFirst(catalogs, this.host.folder()));
    const [nearest] = sorted;
    if (this.#follows && nearest && nearest.id !== before && nearest.id !== this.state.catalog) this.#enter(nearest);
    return sorted;
  }

  async #loadCatalogs(): Promise<void> {
    this.#looking.begins();
    try {
      const answer = await this.#asked.run((signal) => this.client.catalogs(signal));
      if (answer === null) return;
      this.#trouble = null;
      const catalogs = this.#arrange(answer.catalogs);
      this.#follows = false;
      const shown = this.#leads ? undefined : catalogs.find((entry) => entry.id === this.state.catalog);
      const chosen = shown ?? catalogs.find((entry) => entry.problem === null) ?? catalogs[0];
      this.#tellOfAbsence(catalogs, chosen);
      if (!chosen) this.#foundNone();
      else if (chosen.id !== this.open?.entry.id || chosen.problem !== this.open.entry.problem) this.#enter(chosen);
      else if (this.open.trouble !== null && chosen.problem === null) this.#tryAgain(this.open);
    } catch (reason) {
      this.#trouble = sentenceOf(reason, this.host.translate);
    }
    this.#tell();
  }

  /** What is not there any more, or never was. */
  #tellOfAbsence(catalogs: readonly CatalogEntry[], next: CatalogEntry | undefined): void {
    const { catalogFolder } = this.#options;
    const say = this.host.translate;
    const missing = this.#toldOfFolder || !this.#leads ? null : folderWithout(catalogs, catalogFolder, say);
    if (missing !== null) this.notify("info", missing);
    this.#toldOfFolder ||= missing !== null;
    const gone = goneFrom(catalogs, this.open?.entry, next, say);
    if (gone !== null) this.notify("error", gone);
  }

  /** With the line that it has: a new one that is refused would have all of this begin anew, without a pause. */
  #tryAgain(open: OpenCatalog): void {
    open.thumbnails.forgive();
    void this.search(this.state.query);
  }

  #foundNone(): void {
    this.#leave();
    if (this.#shown) this.#looking.later();
  }

  #leave(): void {
    this.open?.dispose();
    this.open = null;
    this.detailed = null;
  }

  #enter(entry: CatalogEntry): void {
    this.#leave();
    if (entry.id !== this.state.catalog) {
      Object.assign(this.state, { catalog: entry.id, pickedUnder: null, query: "", selected: [], top: null });
      this.selection = NOTHING;
    }
    this.open = new OpenCatalog({
      client: this.client,
      lines: this.host.lines,
      entry,
      pageSize: this.#options.pageSize,
      say: this.host.translate,
      told: this.#tell,
      // A lost line does not say why it is lost, and what was the trouble may be over when it stands again.
      turned: () => void this.#loadCatalogs(),
      // What a server said that was about to end is not true any more when it has ended.
      stillLost: () => {
        if (this.trouble !== null) void this.#loadCatalogs();
      },
    });
    if (entry.problem !== null) return;
    void this.search(this.state.query);
    if (this.#shown) this.open.listen();
  }
}

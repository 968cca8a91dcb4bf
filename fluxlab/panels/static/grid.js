// src/grid/element.ts
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}
function setAttribute(target, name, value) {
  if (value === false || value === void 0) {
    if (target.hasAttribute(name)) target.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (target.getAttribute(name) !== text) target.setAttribute(name, text);
}
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
function button(text, press, attributes = {}) {
  const made = element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", press);
  return made;
}
function clamped(text, most) {
  return text.length <= most ? text : `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
function setChildren(parent, wanted) {
  const staying = new Set(wanted);
  for (const child of [...parent.children]) if (!staying.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

// src/grid/kernel_watch.ts
var DISCONNECTED = "jupyter-widgets-disconnected";
var DEAD = /* @__PURE__ */ new Set(["autorestarting", "dead", "restarting", "terminating"]);
function statusChanged(model) {
  const manager = model.widget_manager;
  return manager?.kernel?.statusChanged ?? null;
}
function watchKernel(model, store) {
  const closed = () => {
    store.loseKernel();
  };
  const changed = (_sender, status) => {
    if (typeof status === "string" && DEAD.has(status)) closed();
  };
  const signal = statusChanged(model);
  model.on("comm:close", closed);
  signal?.connect(changed);
  return () => {
    model.off("comm:close", closed);
    signal?.disconnect(changed);
  };
}
function watchElement(model, store, host) {
  const look = () => {
    const live = model.comm_live ?? !host.classList.contains(DISCONNECTED);
    if (!live) store.loseKernel();
  };
  const changed = () => {
    queueMicrotask(look);
  };
  look();
  model.on("comm_live_update", changed);
  return () => {
    model.off("comm_live_update", changed);
  };
}

// src/grid/own_keys.ts
var NOT_FOR_NOTEBOOK = "data-lm-suppress-shortcuts";
function saves(event) {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
}
function keepKeys(within, passes = saves) {
  const pressed = (event) => {
    const { target } = event;
    if (!(target instanceof Element) || within()?.contains(target) !== true) return;
    setAttribute(target, NOT_FOR_NOTEBOOK, passes(event) ? void 0 : "true");
  };
  window.addEventListener("keydown", pressed, true);
  return () => {
    window.removeEventListener("keydown", pressed, true);
  };
}

// src/grid/zoom.ts
var WHOLE = { scale: 1, x: 0, y: 0 };
var LARGEST = 16;
var WANTS_FULL = 1.5;
function kept(zoom) {
  const scale = Math.min(LARGEST, Math.max(1, zoom.scale));
  const least = 1 - scale;
  return { scale, x: Math.min(0, Math.max(least, zoom.x)) + 0, y: Math.min(0, Math.max(least, zoom.y)) + 0 };
}
function zoomedAt(zoom, factor, x = 0.5, y = 0.5) {
  const scale = Math.min(LARGEST, Math.max(1, zoom.scale * factor));
  const ratio = scale / zoom.scale;
  return kept({ scale, x: x - (x - zoom.x) * ratio, y: y - (y - zoom.y) * ratio });
}
function panned(zoom, dx, dy) {
  return kept({ scale: zoom.scale, x: zoom.x + dx, y: zoom.y + dy });
}
function showZoom(root, zoom) {
  root.toggleAttribute("data-zoomed", zoom.scale > 1);
  root.style.setProperty("--fl-scale", String(zoom.scale));
  root.style.setProperty("--fl-x", `${zoom.x * 100}%`);
  root.style.setProperty("--fl-y", `${zoom.y * 100}%`);
}

// src/grid/choices.ts
var SMALLEST_SIZE = 64;
var LARGEST_SIZE = 512;
var MOST_COMPARED = 4;
function firstChoices() {
  return {
    layout: { rows: null, columns: null, selected: [] },
    size: 160,
    zoom: WHOLE,
    focus: null,
    marked: [],
    sheet: null,
    scroll: { left: 0, top: 0 }
  };
}
function sameDirections(before, now) {
  const shape = (scene) => JSON.stringify(scene.directions.map((d) => [d.name, d.labels.length]));
  return before !== null && before.id === now.id && shape(before) === shape(now);
}
function adapted(choices, before, now) {
  const ids = new Set(now.cells.map((cell) => cell.id));
  const focus = now.cells[0]?.id ?? null;
  if (!sameDirections(before, now)) {
    const layout = { rows: now.rows, columns: now.columns, selected: now.directions.map(() => 0) };
    return { ...firstChoices(), size: choices.size, layout, focus };
  }
  const { sheet } = choices;
  const shown = sheet?.show === "cell" ? [sheet.id] : sheet?.show === "compare" ? sheet.ids : [];
  return {
    ...choices,
    focus: choices.focus !== null && ids.has(choices.focus) ? choices.focus : focus,
    marked: choices.marked.filter((id) => ids.has(id)),
    sheet: shown.every((id) => ids.has(id)) ? sheet : null
  };
}

// src/grid/pictures.ts
var Pictures = class {
  #urls = /* @__PURE__ */ new Map();
  #limit;
  constructor(limit) {
    this.#limit = limit;
  }
  get size() {
    return this.#urls.size;
  }
  /** Keeps at least this many, so that what is on the screen is never dropped for what else is on it. */
  makeRoom(count) {
    this.#limit = Math.max(this.#limit, count);
  }
  has(key) {
    return this.#urls.has(key);
  }
  get(key) {
    const url = this.#urls.get(key);
    if (url === void 0) return null;
    this.#urls.delete(key);
    this.#urls.set(key, url);
    return url;
  }
  set(key, bytes, mime) {
    this.delete(key);
    const url = URL.createObjectURL(new Blob([bytes], { type: mime }));
    this.#urls.set(key, url);
    for (const oldest of this.#urls.keys()) {
      if (this.#urls.size <= this.#limit) break;
      this.delete(oldest);
    }
    return url;
  }
  delete(key) {
    const url = this.#urls.get(key);
    if (url === void 0) return;
    URL.revokeObjectURL(url);
    this.#urls.delete(key);
  }
  clear() {
    for (const key of [...this.#urls.keys()]) this.delete(key);
  }
};
var THUMB_SIDES = [128, 256, 512];
function thumbSide(cssPixels, pixelRatio) {
  const wanted = cssPixels * pixelRatio;
  return THUMB_SIDES.find((side) => side >= wanted) ?? THUMB_SIDES[2];
}

// src/grid/gallery.ts
var THUMBS_KEPT = 400;
var FULLS_KEPT = 64;
var Gallery = class {
  #thumbs = new Pictures(THUMBS_KEPT);
  #fulls = new Pictures(FULLS_KEPT);
  #previews = new Pictures(THUMBS_KEPT);
  #fullsAsked = /* @__PURE__ */ new Map();
  #versionOf;
  #send;
  #requests;
  #trans;
  #thumbsAsked = /* @__PURE__ */ new Set();
  #side = 0;
  constructor(versionOf, send, requests, trans) {
    this.#versionOf = versionOf;
    this.#send = send;
    this.#requests = requests;
    this.#trans = trans;
  }
  /** Changes with the picture of a cell; null where it has none. */
  key(id) {
    const version = this.#versionOf(id);
    return version === null ? null : `${id}@${version}`;
  }
  preview(id) {
    return this.#previews.get(String(id));
  }
  /** The thumbnail in the side that was last asked for, or in another one until that is there. */
  thumb(id) {
    const key = this.key(id);
    if (key === null) return null;
    for (const side of [this.#side, ...THUMB_SIDES]) {
      if (this.#thumbs.has(`${key}@${side}`)) return this.#thumbs.get(`${key}@${side}`);
    }
    return null;
  }
  full(id) {
    const key = this.key(id);
    return key === null ? null : this.#fulls.get(key);
  }
  /** Asks for the thumbnails of these cells that are missing. Every message is the whole list, so the newest is enough. */
  wantThumbs(ids, side) {
    this.#side = side;
    this.#thumbs.makeRoom(ids.length);
    const missing = /* @__PURE__ */ new Map();
    for (const id of ids) {
      const key = this.key(id);
      if (key !== null && !this.#thumbs.has(`${key}@${side}`)) missing.set(`${key}@${side}`, id);
    }
    if ([...missing.keys()].every((key) => this.#thumbsAsked.has(key))) return;
    this.#thumbsAsked = new Set(missing.keys());
    this.#send({ type: "thumbs", ids: [...missing.values()], side });
  }
  /** The URL of the stored image of a cell. */
  async wantFull(id) {
    const key = this.key(id);
    if (key === null) throw new Error(this.#trans.__("This cell has no image."));
    const kept2 = this.#fulls.get(key);
    if (kept2 !== null) return kept2;
    const asked = this.#fullsAsked.get(key) ?? this.#askFull(id, key);
    this.#fullsAsked.set(key, asked);
    return asked;
  }
  addThumbs(message, buffers) {
    for (const [index, id] of message.ids.entries()) {
      const bytes = buffers[index];
      const key = `${id}@${message.versions[index] ?? ""}@${message.side ?? this.#side}`;
      if (bytes) this.#thumbs.set(key, bytes, message.mimes[index] ?? "");
    }
  }
  addPreview(id, bytes, mime) {
    this.#previews.set(String(id), bytes, mime);
  }
  dropPreview(id) {
    this.#previews.delete(String(id));
  }
  /** What was asked of the kernel before is not under way any more. */
  askAgain() {
    this.#thumbsAsked.clear();
  }
  clear() {
    this.askAgain();
    for (const pictures of [this.#thumbs, this.#fulls, this.#previews]) pictures.clear();
  }
  async #askFull(id, key) {
    try {
      const { reply, buffers } = await this.#requests.ask({ type: "full", id });
      if (!buffers[0]) throw new Error(this.#trans.__("The kernel sent no image."));
      return this.#fulls.set(key, buffers[0], reply.mime ?? "");
    } finally {
      this.#fullsAsked.delete(key);
    }
  }
};

// src/grid/requests.ts
var Requests = class {
  #waiting = /* @__PURE__ */ new Map();
  #send;
  #last = 0;
  #closed = null;
  constructor(send) {
    this.#send = send;
  }
  ask(question) {
    if (this.#closed !== null) return Promise.reject(new Error(this.#closed));
    const request = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject });
      this.#send({ ...question, request });
    });
  }
  answer(reply, buffers) {
    const waiting = this.#waiting.get(reply.request);
    if (!waiting) return;
    this.#waiting.delete(reply.request);
    if (reply.ok) waiting.resolve({ reply, buffers });
    else waiting.reject(new Error(reply.error));
  }
  /** No answer will come any more, until `open`. */
  close(reason) {
    this.#closed = reason;
    for (const waiting of this.#waiting.values()) waiting.reject(new Error(reason));
    this.#waiting.clear();
  }
  open() {
    this.#closed = null;
  }
};

// src/grid/translate.ts
var plain = (text, ...values) => text.replace(/%(\d)/g, (whole, place) => String(values[Number(place) - 1] ?? whole));
var english = {
  __: plain,
  _n: (one, many, count, ...values) => plain(count === 1 ? one : many, count, ...values)
};

// src/grid/store.ts
var NOTICES_KEPT = 5;
var Store = class {
  scene = null;
  cells = /* @__PURE__ */ new Map();
  progress = null;
  notices = [];
  kernel = "silent";
  choices = firstChoices();
  /** The view that has the focus, or had it when it was taken out of the page: then the next one shall have it. */
  focusHolder = null;
  gallery;
  trans;
  #model;
  #requests;
  #listeners = /* @__PURE__ */ new Set();
  #receive = (content, buffers) => {
    this.#received(content, buffers ?? []);
  };
  constructor(model, trans = english) {
    this.#model = model;
    this.trans = trans;
    const send = (content) => {
      if (this.kernel !== "gone") model.send(content);
    };
    this.#requests = new Requests(send);
    this.gallery = new Gallery((id) => this.cells.get(id)?.version ?? null, send, this.#requests, trans);
    model.on("msg:custom", this.#receive);
    this.#model.send({ type: "hello" });
  }
  dispose() {
    this.#model.off("msg:custom", this.#receive);
    this.#listeners.clear();
    this.#requests.close(this.trans.__("This grid was closed."));
    this.gallery.clear();
  }
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  choose(change) {
    this.choices = { ...this.choices, ...change };
    this.#tell("choices");
  }
  /** Marks a cell for a comparison or takes the mark away; false where as many as can be compared are marked. */
  toggleMarked(id) {
    const { marked } = this.choices;
    if (marked.includes(id)) this.choose({ marked: marked.filter((other) => other !== id) });
    else if (marked.length < MOST_COMPARED) this.choose({ marked: [...marked, id] });
    else return false;
    return true;
  }
  /** The URL of the stored image of a cell, asked for where it is not there yet. */
  async wantFull(id) {
    const url = await this.gallery.wantFull(id);
    this.#tell("cells");
    return url;
  }
  async details(id) {
    const { reply } = await this.#requests.ask({ type: "details", id });
    if (!reply.details) throw new Error(this.trans.__("The kernel sent no details of this cell."));
    return reply.details;
  }
  async compare(ids) {
    const { reply } = await this.#requests.ask({ type: "compare", ids });
    const { rows = [], factors = [], warning = null } = reply;
    return { rows, factors, warning };
  }
  /** Stars, tags and notes show at once; the kernel writes them to the catalog. */
  mark(ids, set) {
    if (this.#refused()) return;
    this.#model.send({ type: "mark", ids, set });
    this.#merge(ids.map((id) => ({ id, ...set })));
  }
  act(action, id) {
    if (this.#refused()) return;
    this.#model.send(id === void 0 ? { type: "act", action } : { type: "act", action, id });
  }
  notify(notice) {
    const others = this.notices.filter(({ text }) => text !== notice.text);
    this.notices = [...others, notice].slice(-NOTICES_KEPT);
    this.#tell("notices");
  }
  dismiss(notice) {
    this.notices = this.notices.filter((other) => other !== notice);
    this.#tell("notices");
  }
  /** The kernel of this model is gone; only a message from it proves otherwise. */
  loseKernel() {
    if (this.kernel === "gone") return;
    this.kernel = "gone";
    this.#requests.close(this.#gone);
    this.#tell("kernel");
  }
  get #gone() {
    return this.trans.__("The kernel has stopped: run the cell again.");
  }
  /** True, and said, where nobody is there to do it. */
  #refused() {
    if (this.kernel !== "gone") return false;
    this.notify({ level: "error", text: this.#gone, trace: null });
    return true;
  }
  #tell(topic) {
    for (const listener of [...this.#listeners]) listener(topic);
  }
  #received(message, buffers) {
    if (this.kernel !== "live") {
      this.kernel = "live";
      this.#requests.open();
      this.#tell("kernel");
    }
    switch (message.type) {
      case "scene":
        this.#showScene(message.scene);
        break;
      case "cells":
        this.#merge(message.cells);
        break;
      case "progress":
        this.progress = message.progress;
        this.#tell("progress");
        break;
      case "thumbs":
        this.gallery.addThumbs(message, buffers);
        this.#tell("cells");
        break;
      case "preview":
        if (buffers[0]) this.gallery.addPreview(message.id, buffers[0], message.mime ?? "");
        this.#merge([{ id: message.id, step: message.step }]);
        break;
      case "reply":
        this.#requests.answer(message, buffers);
        break;
      case "notice":
        this.notify(message);
        break;
    }
  }
  #showScene(scene) {
    this.choices = adapted(this.choices, this.scene, scene);
    if (this.scene?.id !== scene.id) this.gallery.clear();
    this.gallery.askAgain();
    this.cells.clear();
    for (const cell of scene.cells) this.cells.set(cell.id, cell);
    this.scene = scene;
    this.progress = scene.progress;
    this.#tell("scene");
  }
  #merge(changes) {
    for (const change of changes) {
      const cell = this.cells.get(change.id);
      if (!cell) continue;
      Object.assign(cell, change);
      if (cell.status !== "running") this.gallery.dropPreview(cell.id);
    }
    this.#tell("cells");
  }
};

// src/grid/compare_bar.ts
var CompareBar = class {
  root;
  #said = element("span", { "aria-live": "polite" });
  #open;
  #store;
  constructor(store) {
    this.#store = store;
    const { trans } = store;
    this.#open = button(trans.__("Compare (v)"), () => this.compare());
    const clear = button(trans.__("Clear"), () => {
      store.choose({ marked: [] });
    });
    this.root = element(
      "div",
      { class: "fl-compare-bar", role: "group", "aria-label": trans.__("Comparison"), hidden: true },
      this.#said,
      this.#open,
      clear
    );
  }
  draw() {
    const { choices, trans } = this.#store;
    const { marked } = choices;
    this.root.hidden = marked.length === 0;
    this.#open.disabled = marked.length < 2;
    const said = marked.length < 2 ? trans.__("1 cell marked; mark another with c.") : trans._n("%1 cell marked.", "%1 cells marked.", marked.length);
    setText(this.#said, said);
  }
  /** True where enough cells are marked. */
  compare() {
    const { marked } = this.#store.choices;
    if (marked.length < 2) return false;
    this.#store.choose({ sheet: { show: "compare", ids: [...marked], mode: "side" } });
    return true;
  }
};

// src/grid/codeblock.ts
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}
function copyBySelection(text) {
  const before = document.activeElement;
  const area = element("textarea", { readonly: true, style: "position: fixed; opacity: 0" });
  area.value = text;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
function codeBlock(code, trans) {
  const copy = button(trans.__("Copy"), () => {
    void copyText(code).then((copied) => {
      said.textContent = copied ? trans.__("Copied.") : trans.__("Could not copy: select the text and press Ctrl+C.");
    });
  });
  const said = element("span", { class: "fl-said", "aria-live": "polite" });
  return element("div", { class: "fl-code" }, copy, said, element("pre", { tabindex: 0, dir: "ltr" }, code));
}

// src/grid/heading.ts
var LONGEST_FIXED = 120;
var LONGEST_TITLE = 1e3;
function fixedList(scene) {
  if (scene.fixed.length === 0) return null;
  return element(
    "dl",
    { class: "fl-fixed" },
    ...scene.fixed.map(
      ([name, text]) => element(
        "div",
        { title: clamped(text, LONGEST_TITLE) },
        element("dt", { dir: "auto" }, name),
        element("dd", { dir: "auto" }, clamped(text, LONGEST_FIXED))
      )
    )
  );
}
var Heading = class {
  root = element("div", { class: "fl-heading" });
  #store;
  #built = "";
  constructor(store) {
    this.#store = store;
  }
  draw() {
    const { scene, trans } = this.#store;
    if (!scene) return;
    const { trail, title, summary, fixed, code, actions } = scene;
    const built = JSON.stringify([trail, title, summary, fixed, code, actions.includes("back")]);
    if (built === this.#built) return;
    this.#built = built;
    const back = actions.includes("back") && trail.length > 0 ? button(`← ${clamped(trail.at(-1) ?? "", LONGEST_FIXED)}`, () => {
      this.#store.act("back");
    }) : null;
    const python = code === "" ? null : element(
      "details",
      { class: "fl-python" },
      element("summary", {}, trans.__("Python")),
      codeBlock(code, trans)
    );
    this.root.replaceChildren(
      ...[
        back,
        element("strong", { class: "fl-title", dir: "auto" }, clamped(title, LONGEST_TITLE)),
        element("span", { class: "fl-summary", dir: "auto" }, clamped(summary, LONGEST_TITLE)),
        fixedList(scene),
        python
      ].filter((part) => part !== null)
    );
  }
};

// src/grid/keyboard.ts
var MOTIONS = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "row-start",
  End: "row-end",
  PageUp: "page-up",
  PageDown: "page-down"
};
var LETTERS = {
  f: { do: "star" },
  x: { do: "reject" },
  c: { do: "mark" },
  v: { do: "compare" },
  "0": { do: "whole" },
  "-": { do: "zoom", factor: 1 / 1.25 }
};
function commandOf(key) {
  if (key.metaKey || key.altKey) return null;
  if (key.ctrlKey) {
    if (key.shiftKey) return null;
    if (key.key === "Home") return { do: "move", motion: "grid-start" };
    if (key.key === "End") return { do: "move", motion: "grid-end" };
    return null;
  }
  if (key.key === "?") return { do: "help" };
  if (key.key === "+" || key.key === "=") return { do: "zoom", factor: 1.25 };
  if (/^[1-5]$/.test(key.key)) return { do: "rate", stars: Number(key.key) };
  if (key.shiftKey) return null;
  const motion = MOTIONS[key.key];
  if (motion) return { do: "move", motion };
  if (key.key === "Enter") return { do: "open" };
  if (key.key === "Escape") return { do: "close" };
  return LETTERS[key.key.toLowerCase()] ?? null;
}
function moved([row, column], motion, extent) {
  const bottom = Math.max(0, extent.rows - 1);
  const right = Math.max(0, extent.columns - 1);
  const page = Math.max(1, extent.page);
  switch (motion) {
    case "left":
      return [row, Math.max(0, column - 1)];
    case "right":
      return [row, Math.min(right, column + 1)];
    case "up":
      return [Math.max(0, row - 1), column];
    case "down":
      return [Math.min(bottom, row + 1), column];
    case "row-start":
      return [row, 0];
    case "row-end":
      return [row, right];
    case "grid-start":
      return [0, 0];
    case "grid-end":
      return [bottom, right];
    case "page-up":
      return [Math.max(0, row - page), column];
    case "page-down":
      return [Math.min(bottom, row + page), column];
  }
}
function keysOf(trans) {
  return [
    ["← → ↑ ↓", trans.__("the next cell")],
    [trans.__("Home, End"), trans.__("first and last cell of the row")],
    [trans.__("Ctrl+Home, Ctrl+End"), trans.__("first and last cell of the grid")],
    [trans.__("Page Up, Page Down"), trans.__("a screen of rows")],
    [trans.__("Enter"), trans.__("the full image and all about it")],
    [trans.__("Escape"), trans.__("back to the grid")],
    ["f", trans.__("five stars; again: none")],
    [trans.__("1 to 5"), trans.__("that many stars")],
    ["x", trans.__("reject; again: take back")],
    ["c", trans.__("mark for a comparison, two to four")],
    ["v", trans.__("compare the marked ones")],
    [trans.__("+, −, Ctrl+wheel"), trans.__("zoom into all cells at once; drag to move")],
    ["0", trans.__("the whole images")],
    ["?", trans.__("this list")]
  ];
}

// src/grid/arrange.ts
var NOTHING = { text: "", full: "" };
function flow(scene, across) {
  const width = Math.max(1, Math.min(across, scene.cells.length));
  const ids = [];
  for (let start = 0; start < scene.cells.length; start += width) {
    const row = scene.cells.slice(start, start + width).map((cell) => cell.id);
    while (row.length < width) row.push(null);
    ids.push(row);
  }
  return {
    rowName: null,
    columnName: null,
    rowLabels: ids.map(() => NOTHING),
    columnLabels: new Array(width).fill(NOTHING),
    ids
  };
}
function arrange(scene, layout, across) {
  const rows = layout.rows === null ? void 0 : scene.directions[layout.rows];
  const columns = layout.columns === null ? void 0 : scene.directions[layout.columns];
  if (!rows && !columns) return flow(scene, across);
  const rowLabels = rows?.labels ?? [NOTHING];
  const columnLabels = columns?.labels ?? [NOTHING];
  const ids = rowLabels.map(() => new Array(columnLabels.length).fill(null));
  const others = scene.directions.map((_, index) => index).filter((i) => i !== layout.rows && i !== layout.columns);
  for (const cell of scene.cells) {
    if (others.some((index) => cell.place[index] !== (layout.selected[index] ?? 0))) continue;
    const row = ids[rows ? cell.place[layout.rows ?? 0] ?? 0 : 0];
    const column = columns ? cell.place[layout.columns ?? 0] ?? 0 : 0;
    if (row?.[column] === null) row[column] = cell.id;
  }
  return { rowName: rows?.name ?? null, columnName: columns?.name ?? null, rowLabels, columnLabels, ids };
}
function placeOf(arrangement, id) {
  if (id === null) return null;
  for (const [row, ids] of arrangement.ids.entries()) {
    const column = ids.indexOf(id);
    if (column >= 0) return [row, column];
  }
  return null;
}
function turned(layout, side, direction) {
  const other = side === "rows" ? "columns" : "rows";
  const swapped = direction !== null && layout[other] === direction ? layout[side] : layout[other];
  return side === "rows" ? { ...layout, rows: direction, columns: swapped } : { ...layout, columns: direction, rows: swapped };
}

// src/grid/geometry.ts
var GAP = 8;
var LABEL = 36;
var LINE = 22;
var LETTER = 8;
var ARROWS = 12;
var SIDE = { least: 88, most: 160 };
function longest(labels) {
  return LETTER * labels.reduce((most, { text }) => Math.max(most, text.length), 0);
}
function cornerText({ rowName, columnName }) {
  return `${rowName ?? ""} ↓  ${columnName ?? ""} →`;
}
function geometryOf(arrangement, cells, size) {
  let shape = 1;
  for (const { width, height } of cells) {
    if (width > 0 && height > 0) {
      shape = Math.min(3, Math.max(1 / 3, width / height));
      break;
    }
  }
  const frameWidth = Math.round(shape >= 1 ? size : size * shape);
  const frameHeight = Math.round(shape >= 1 ? size / shape : size);
  const labelled = isLabelled(arrangement);
  const { rowName, columnName, rowLabels, columnLabels } = arrangement;
  const cellWidth = frameWidth + GAP;
  const corner = LETTER * cornerText(arrangement).length + ARROWS;
  const lines = Math.max(longest(columnLabels) / cellWidth, rowName === null ? 0 : corner / SIDE.most) > 1 ? 2 : 1;
  return {
    frameWidth,
    frameHeight,
    cellWidth,
    cellHeight: frameHeight + GAP + (labelled ? LABEL : 0),
    head: columnName === null ? 0 : lines * LINE,
    side: rowName === null ? 0 : Math.min(SIDE.most, Math.max(SIDE.least, corner, longest(rowLabels)))
  };
}
function isLabelled(arrangement) {
  return arrangement.rowName === null && arrangement.columnName === null;
}

// src/grid/status.ts
function signOf(status, trans) {
  switch (status) {
    case "ok":
      return null;
    case "waiting":
      return { sign: "…", word: trans.__("waiting") };
    case "queued":
      return { sign: "◷", word: trans.__("queued") };
    case "running":
      return { sign: "▶", word: trans.__("running") };
    case "failed":
      return { sign: "✕", word: trans.__("failed") };
    case "interrupted":
      return { sign: "◼", word: trans.__("interrupted") };
    case "crashed":
      return { sign: "↯", word: trans.__("crashed") };
    case "missing":
      return { sign: "∅", word: trans.__("missing") };
  }
}
var TO_BE_MADE = /* @__PURE__ */ new Set(["waiting", "queued", "running"]);
function signsOf(cell, kernelGone, trans) {
  const signs = [];
  const sign = signOf(cell.status, trans);
  if (kernelGone && TO_BE_MADE.has(cell.status)) signs.push({ sign: "◼", word: trans.__("not made") });
  else if (cell.status === "running" && cell.steps > 0)
    signs.push({ sign: "▶", word: trans.__("step %1 of %2", cell.step, cell.steps) });
  else if (sign) signs.push(sign);
  if (cell.rejected) signs.push({ sign: "⊘", word: trans.__("rejected") });
  if (cell.notes.length > 0) signs.push({ sign: "≡", word: trans.__("same") });
  if (cell.cached) signs.push({ sign: "↺", word: trans.__("cached") });
  if (cell.lossy) signs.push({ sign: "≈", word: trans.__("lossy") });
  return signs;
}
function starsText(stars) {
  return stars === null ? "" : "★".repeat(Math.max(0, Math.min(5, stars)));
}
function spoken(cell, marked, kernelGone, trans) {
  const signs = signsOf(cell, kernelGone, trans).map((sign) => sign.word);
  const said = [cell.alt || cell.label, ...signs, ...cell.notes];
  if (cell.error !== null) said.push(cell.error);
  if (cell.stars !== null) said.push(trans._n("%1 star", "%1 stars", cell.stars));
  if (cell.note !== null) said.push(trans.__("note: %1", cell.note));
  if (marked) said.push(trans.__("marked for comparison"));
  return said.filter((text) => text !== "").join(", ");
}

// src/grid/cell.ts
var LONGEST_SPOKEN = 600;
var LONGEST_ERROR = 240;
var CellView = class {
  root = element("div", { role: "gridcell", class: "fl-cell" });
  #trans;
  #image = element("img", { alt: "", draggable: "false", decoding: "async" });
  #frame = element("div", { class: "fl-frame" }, this.#image);
  #message = element("div", { class: "fl-message", dir: "auto" });
  #signs = element("div", { class: "fl-signs" });
  #marks = element("div", { class: "fl-marks" });
  #label = element("div", { class: "fl-label", dir: "auto" });
  #signed = "";
  constructor(trans) {
    this.#trans = trans;
    this.root.append(this.#frame, this.#message, this.#signs, this.#marks, this.#label);
    this.#image.addEventListener("error", () => {
      this.#image.removeAttribute("src");
    });
  }
  update({ cell, picture, mark, tabStop, labelled, kernelGone }) {
    this.root.dataset.id = String(cell.id);
    this.root.dataset.status = cell.status;
    setAttribute(this.root, "tabindex", tabStop ? 0 : -1);
    setAttribute(
      this.root,
      "aria-label",
      clamped(spoken(cell, mark !== null, kernelGone, this.#trans), LONGEST_SPOKEN)
    );
    setAttribute(this.root, "data-rejected", cell.rejected);
    setAttribute(this.root, "data-dead", cell.notes.length > 0);
    setAttribute(this.root, "data-cached", cell.cached);
    setAttribute(this.root, "data-marked", mark !== null);
    setAttribute(this.#image, "src", picture ?? void 0);
    this.#image.hidden = picture === null;
    setText(this.#message, cell.error === null ? "" : clamped(cell.error, LONGEST_ERROR));
    setText(this.#label, labelled ? clamped(cell.label, LONGEST_ERROR) : "");
    this.#updateSigns(signsOf(cell, kernelGone, this.#trans));
    const note = cell.note === null ? "" : this.#trans.__("✎ note");
    const marks = [mark === null ? "" : `⚖ ${mark}`, starsText(cell.stars), note];
    setText(this.#marks, marks.filter((text) => text !== "").join(" "));
  }
  #updateSigns(signs) {
    const signed = signs.map(({ sign, word }) => `${sign} ${word}`).join("\n");
    if (signed === this.#signed) return;
    this.#signed = signed;
    this.#signs.replaceChildren(
      ...signs.map(
        ({ sign, word }) => element("span", { class: "fl-sign" }, element("span", { "aria-hidden": "true" }, sign), ` ${word}`)
      )
    );
  }
};

// src/grid/matrix_row.ts
var LONGEST_LABEL = 200;
var LONGEST_TITLE2 = 1e3;
function showLabel(target, label) {
  setText(target, clamped(label?.text ?? "", LONGEST_LABEL));
  setAttribute(target, "title", clamped(label?.full ?? "", LONGEST_TITLE2));
}
var HeadRow = class {
  root = element("div", { role: "row", class: "fl-head", "aria-rowindex": 1 });
  #corner = element("div", { role: "columnheader", class: "fl-corner", dir: "auto", "aria-colindex": 1 });
  #labels = /* @__PURE__ */ new Map();
  draw(arrangement, columns) {
    const first = arrangement.rowName === null ? 1 : 2;
    for (const column of this.#labels.keys()) {
      if (column < columns.from || column >= columns.to) this.#labels.delete(column);
    }
    const elements = [];
    if (arrangement.rowName !== null) {
      setText(this.#corner, clamped(cornerText(arrangement), LONGEST_LABEL));
      elements.push(this.#corner);
    }
    for (let column = columns.from; column < columns.to; column++) {
      const label = this.#labels.get(column) ?? element("div", { role: "columnheader", class: "fl-column", dir: "auto" });
      this.#labels.set(column, label);
      label.style.setProperty("--fl-column", String(column));
      setAttribute(label, "aria-colindex", column + first);
      showLabel(label, arrangement.columnLabels[column]);
      elements.push(label);
    }
    setChildren(this.root, elements);
  }
};
var MatrixRow = class {
  root = element("div", { role: "row", class: "fl-row" });
  #row;
  #trans;
  #label = element("div", { role: "rowheader", class: "fl-side", dir: "auto", "aria-colindex": 1 });
  #cells = /* @__PURE__ */ new Map();
  constructor(row, trans) {
    this.#row = row;
    this.#trans = trans;
    this.root.style.setProperty("--fl-row", String(row));
  }
  /** Draws the columns of a span and, wherever it is, the one that has the tab stop. */
  draw(arrangement, columns, stop, look) {
    setAttribute(this.root, "aria-rowindex", this.#row + (arrangement.columnName === null ? 1 : 2));
    const wanted = new Set(stop === null ? [] : [stop]);
    for (let column = columns.from; column < columns.to; column++) wanted.add(column);
    for (const column of this.#cells.keys()) if (!wanted.has(column)) this.#cells.delete(column);
    const elements = [];
    if (arrangement.rowName !== null) {
      showLabel(this.#label, arrangement.rowLabels[this.#row]);
      elements.push(this.#label);
    }
    for (const column of [...wanted].sort((a, b) => a - b)) {
      const id = arrangement.ids[this.#row]?.[column] ?? null;
      const shown = id === null ? null : look(id);
      if (shown === null) {
        this.#cells.delete(column);
        continue;
      }
      const view = this.#cells.get(column) ?? new CellView(this.#trans);
      this.#cells.set(column, view);
      view.root.style.setProperty("--fl-column", String(column));
      setAttribute(view.root, "aria-colindex", column + (arrangement.rowName === null ? 1 : 2));
      view.update({ ...shown, tabStop: column === stop });
      elements.push(view.root);
    }
    setChildren(this.root, elements);
  }
};

// src/grid/pointer.ts
var STARTS_AFTER = 4;
function frameOf(target) {
  const frame2 = target instanceof Element ? target.closest(".fl-frame") : null;
  return frame2?.getBoundingClientRect() ?? null;
}
function zoomByPointer(root, store, signal) {
  root.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return;
      const frame2 = frameOf(event.target);
      if (!frame2) return;
      event.preventDefault();
      const [x, y] = [(event.clientX - frame2.left) / frame2.width, (event.clientY - frame2.top) / frame2.height];
      store.choose({ zoom: zoomedAt(store.choices.zoom, Math.exp(-event.deltaY / 300), x, y) });
    },
    { signal, passive: false }
  );
  let drag = null;
  root.addEventListener(
    "pointerdown",
    (event) => {
      const frame2 = frameOf(event.target);
      if (frame2 && event.button === 0 && store.choices.zoom.scale > 1) {
        drag = { x: event.clientX, y: event.clientY, frame: frame2, moving: false };
      }
    },
    { signal }
  );
  root.addEventListener(
    "pointermove",
    (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (!drag.moving) {
        if (Math.hypot(dx, dy) < STARTS_AFTER) return;
        drag.moving = true;
        root.setPointerCapture(event.pointerId);
      }
      drag.x = event.clientX;
      drag.y = event.clientY;
      store.choose({ zoom: panned(store.choices.zoom, dx / drag.frame.width, dy / drag.frame.height) });
    },
    { signal }
  );
  for (const end of ["pointerup", "pointercancel"]) {
    root.addEventListener(
      end,
      () => {
        drag = null;
      },
      { signal }
    );
  }
}

// src/grid/windowing.ts
function visible(scroll, viewport, size, count, margin) {
  const first = Math.floor(Math.max(0, scroll) / size);
  const last = Math.ceil((Math.max(0, scroll) + Math.max(0, viewport)) / size);
  const from = Math.max(0, Math.min(count, first) - margin);
  return { from, to: Math.max(from, Math.min(count, last + margin)) };
}
function scrolledTo(scroll, viewport, size, index) {
  const start = index * size;
  if (start < scroll || size > viewport) return start;
  return Math.max(scroll, start + size - viewport);
}

// src/grid/matrix.ts
var NEAR = 1;
var FULLS_AT_ONCE = 4;
var WIDTH = 960;
var HEIGHT = 540;
var Matrix = class {
  root = element("div", { role: "grid", class: "fl-matrix", dir: "ltr" });
  #canvas = element("div", { class: "fl-canvas", role: "presentation" });
  #head = new HeadRow();
  #rows = /* @__PURE__ */ new Map();
  #store;
  #fullsFailed = /* @__PURE__ */ new Set();
  #stop = new AbortController();
  #arrangement = { rowName: null, columnName: null, rowLabels: [], columnLabels: [], ids: [] };
  #geometry = geometryOf(this.#arrangement, [], 1);
  #place = [0, 0];
  #fullsUnderWay = 0;
  #scrolled = false;
  constructor(store, schedule) {
    this.#store = store;
    this.root.append(this.#canvas);
    const { signal } = this.#stop;
    this.root.addEventListener("scroll", schedule, { signal, passive: true });
    this.root.addEventListener(
      "focusin",
      (event) => {
        const id = idAt(event.target);
        if (id !== null && id !== store.choices.focus) store.choose({ focus: id });
      },
      { signal }
    );
    zoomByPointer(this.root, store, signal);
  }
  dispose() {
    this.#stop.abort();
  }
  draw() {
    const { scene, choices } = this.#store;
    if (!scene) return;
    const [width, height] = [this.root.clientWidth || WIDTH, this.root.clientHeight || HEIGHT];
    const across = Math.floor(width / (choices.size + 8));
    this.#arrangement = arrange(scene, choices.layout, across);
    this.#geometry = geometryOf(this.#arrangement, this.#store.cells.values(), choices.size);
    this.#keepFocusOnSomething();
    this.#measure(scene.title);
    const { cellWidth, cellHeight, head, side } = this.#geometry;
    const { rowLabels, columnLabels } = this.#arrangement;
    if (!this.#scrolled && this.root.clientHeight > 0) {
      this.#scrolled = true;
      this.root.scrollTo({ ...choices.scroll, behavior: "instant" });
    }
    const { scrollTop, scrollLeft } = this.root;
    choices.scroll = { left: scrollLeft, top: scrollTop };
    const rows = visible(scrollTop, height - head, cellHeight, rowLabels.length, NEAR);
    const columns = visible(scrollLeft, width - side, cellWidth, columnLabels.length, NEAR);
    const focused = this.root.contains(document.activeElement) && document.activeElement !== this.root;
    this.#drawRows(rows, columns);
    if (focused) this.focus();
    this.#wantPictures(rows, columns);
  }
  /** Puts the focus on the cell that has the tab stop. */
  focus() {
    const cell = this.root.querySelector('[role="gridcell"][tabindex="0"]');
    if (cell && cell !== document.activeElement) cell.focus({ preventScroll: true });
  }
  /** Moves the focus; holes are passed over. */
  move(motion) {
    const { ids, columnLabels } = this.#arrangement;
    const { head, cellHeight } = this.#geometry;
    const page = Math.floor(((this.root.clientHeight || HEIGHT) - head) / cellHeight);
    const extent = { rows: ids.length, columns: columnLabels.length, page };
    let place = this.#place;
    for (; ; ) {
      const next = moved(place, motion, extent);
      const stays = next[0] === place[0] && next[1] === place[1];
      place = next;
      if (stays || idIn(this.#arrangement, place) !== null) break;
    }
    const id = idIn(this.#arrangement, place) ?? nearest(ids[place[0]] ?? [], place[1]);
    if (id !== null) this.reveal(id);
  }
  /** Makes a cell the focused one and scrolls it into the window. */
  reveal(id) {
    const place = placeOf(this.#arrangement, id);
    if (!place) return;
    const { cellWidth, cellHeight, head, side } = this.#geometry;
    const { root } = this;
    root.scrollTop = scrolledTo(root.scrollTop, (root.clientHeight || HEIGHT) - head, cellHeight, place[0]);
    root.scrollLeft = scrolledTo(root.scrollLeft, (root.clientWidth || WIDTH) - side, cellWidth, place[1]);
    this.#store.choose({ focus: id });
  }
  /** After a change of layout the focus stays where it was on the screen. */
  #keepFocusOnSomething() {
    const { ids } = this.#arrangement;
    const { choices } = this.#store;
    const place = placeOf(this.#arrangement, choices.focus);
    if (place) {
      this.#place = place;
      return;
    }
    const row = ids[Math.min(this.#place[0], ids.length - 1)] ?? [];
    const id = nearest(row, this.#place[1]) ?? ids.flat().find((other) => other !== null) ?? null;
    choices.focus = id;
    this.#place = placeOf(this.#arrangement, id) ?? [0, 0];
  }
  #measure(title) {
    const { frameWidth, frameHeight, cellWidth, cellHeight, head, side } = this.#geometry;
    const { rowLabels, columnLabels, rowName, columnName } = this.#arrangement;
    const { style } = this.#canvas;
    style.width = `${side + columnLabels.length * cellWidth}px`;
    style.height = `${head + rowLabels.length * cellHeight}px`;
    style.setProperty("--fl-frame-width", `${frameWidth}px`);
    style.setProperty("--fl-frame-height", `${frameHeight}px`);
    style.setProperty("--fl-cell-width", `${cellWidth}px`);
    style.setProperty("--fl-cell-height", `${cellHeight}px`);
    style.setProperty("--fl-head", `${head}px`);
    style.setProperty("--fl-side", `${side}px`);
    setAttribute(this.root, "aria-label", title);
    setAttribute(this.root, "aria-rowcount", rowLabels.length + (columnName === null ? 0 : 1));
    setAttribute(this.root, "aria-colcount", columnLabels.length + (rowName === null ? 0 : 1));
  }
  #drawRows(rows, columns) {
    const wanted = /* @__PURE__ */ new Set([this.#place[0]]);
    for (let row = rows.from; row < rows.to; row++) wanted.add(row);
    const elements = [];
    if (this.#arrangement.columnName !== null) {
      this.#head.draw(this.#arrangement, columns);
      elements.push(this.#head.root);
    }
    for (const row of this.#rows.keys()) if (!wanted.has(row)) this.#rows.delete(row);
    for (const row of [...wanted].sort((a, b) => a - b)) {
      if (row >= this.#arrangement.ids.length) continue;
      const drawn = this.#rows.get(row) ?? new MatrixRow(row, this.#store.trans);
      this.#rows.set(row, drawn);
      const stop = row === this.#place[0] ? this.#place[1] : null;
      const near = row >= rows.from && row < rows.to ? columns : { from: 0, to: 0 };
      drawn.draw(this.#arrangement, near, stop, (id) => this.#look(id));
      elements.push(drawn.root);
    }
    setChildren(this.#canvas, elements);
  }
  #look(id) {
    const { cells, choices, gallery, kernel } = this.#store;
    const cell = cells.get(id);
    if (!cell) return null;
    const preview = cell.status === "running" ? gallery.preview(id) : null;
    const full = choices.zoom.scale > WANTS_FULL ? this.#store.gallery.full(id) : null;
    const mark = choices.marked.indexOf(id);
    return {
      cell,
      picture: preview ?? full ?? this.#store.gallery.thumb(id),
      mark: mark < 0 ? null : mark + 1,
      labelled: isLabelled(this.#arrangement),
      kernelGone: kernel === "gone"
    };
  }
  #wantPictures(rows, columns) {
    const ids = this.#arrangement.ids.slice(rows.from, rows.to).flatMap((row) => row.slice(columns.from, columns.to)).filter((id) => id !== null);
    const { size, zoom } = this.#store.choices;
    this.#store.gallery.wantThumbs(ids, thumbSide(size, window.devicePixelRatio || 1));
    if (zoom.scale <= WANTS_FULL) return;
    for (const id of ids) {
      const key = this.#store.gallery.key(id);
      if (this.#fullsUnderWay >= FULLS_AT_ONCE) break;
      if (key === null || this.#fullsFailed.has(key) || this.#store.gallery.full(id) !== null) continue;
      this.#fullsUnderWay++;
      this.#store.wantFull(id).catch(() => this.#fullsFailed.add(key)).finally(() => this.#fullsUnderWay--);
    }
  }
};
function idIn(arrangement, [row, column]) {
  return arrangement.ids[row]?.[column] ?? null;
}
function nearest(row, column) {
  let best = null;
  let distance = Infinity;
  for (const [index, id] of row.entries()) {
    if (id !== null && Math.abs(index - column) < distance) {
      best = id;
      distance = Math.abs(index - column);
    }
  }
  return best;
}
function idAt(target) {
  const cell = target instanceof Element ? target.closest(".fl-cell") : null;
  const id = cell?.dataset.id;
  return id === void 0 ? null : Number(id);
}

// src/grid/notices.ts
var SILENT_AFTER = 3e3;
function noticeElement(store, notice) {
  const { trans } = store;
  const { retry } = notice;
  const dismiss = () => {
    store.dismiss(notice);
  };
  const again = () => {
    dismiss();
    retry?.();
  };
  const bad = notice.level === "error";
  const made = element(
    "div",
    { class: "fl-notice", "data-level": notice.level, role: bad ? "alert" : void 0 },
    element("strong", {}, bad ? `✕ ${trans.__("Error:")} ` : "ℹ "),
    element("span", { dir: "auto" }, notice.text),
    retry ? button(trans.__("Retry"), again) : null,
    button(trans.__("Dismiss"), dismiss)
  );
  if (notice.trace !== null) {
    const summary = element("summary", {}, trans.__("Traceback"));
    made.append(element("details", {}, summary, element("pre", {}, notice.trace)));
  }
  return made;
}
var Notices = class {
  root = element("div", { class: "fl-notices", "aria-live": "polite" });
  #kernel = element("div", { class: "fl-banner" });
  #drawn = /* @__PURE__ */ new Map();
  #warnings = /* @__PURE__ */ new Map();
  #store;
  #focus;
  #timer;
  #patient = true;
  /** `focus` is given to what a person would use, once the last notice is dismissed. */
  constructor(store, focus) {
    this.#store = store;
    this.#focus = focus;
    this.#timer = setTimeout(() => {
      this.#patient = false;
      this.draw();
    }, SILENT_AFTER);
  }
  dispose() {
    clearTimeout(this.#timer);
  }
  draw() {
    const { notices, scene } = this.#store;
    const banner = this.#banner();
    if (banner !== null) setText(this.#kernel, `⚠ ${banner}`);
    for (const notice of this.#drawn.keys()) if (!notices.includes(notice)) this.#drawn.delete(notice);
    const shown = notices.map((notice) => {
      const drawn = this.#drawn.get(notice) ?? noticeElement(this.#store, notice);
      this.#drawn.set(notice, drawn);
      return drawn;
    });
    const warnings = (scene?.warnings ?? []).map((warning) => {
      const drawn = this.#warnings.get(warning) ?? element("div", { class: "fl-warning", dir: "auto" }, `⚠ ${warning}`);
      this.#warnings.set(warning, drawn);
      return drawn;
    });
    const focused = this.root.contains(document.activeElement);
    setChildren(this.root, [...banner === null ? [] : [this.#kernel], ...warnings, ...shown]);
    if (!focused || this.root.contains(document.activeElement)) return;
    const next = this.root.querySelector("button");
    if (next) next.focus();
    else this.#focus();
  }
  #banner() {
    const { kernel, trans } = this.#store;
    if (kernel === "gone")
      return trans.__("The kernel has stopped: what was made is in the catalog. Run the cell again.");
    const waits = kernel === "silent" && !this.#patient;
    return waits ? trans.__("Waiting for the kernel: it is busy, or it has stopped.") : null;
  }
};

// src/grid/progress.ts
function stateText(state, trans) {
  switch (state) {
    case "queued":
      return trans.__("Queued");
    case "running":
      return trans.__("Running");
    case "pausing":
      return trans.__("Pausing after the cells under way");
    case "stopping":
      return trans.__("Stopping after this step");
    case "paused":
      return trans.__("Paused");
    case "stopped":
      return trans.__("Stopped");
    case "done":
      return trans.__("Done");
    case "failed":
      return trans.__("Failed");
  }
}
function durationText(seconds, trans) {
  if (seconds < 10) return trans.__("a few seconds");
  if (seconds < 90) return trans.__("%1 s", Math.round(seconds / 5) * 5);
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return trans.__("%1 min", minutes);
  const quarters = Math.round(seconds / 900);
  return trans.__("%1 h", quarters / 4);
}
function progressText(progress, gone, trans) {
  const unfinished = progress.state !== "done" && progress.state !== "failed";
  const parts = [gone && unfinished ? trans.__("Ended with the kernel") : stateText(progress.state, trans)];
  parts.push(trans.__("%1 of %2 done", progress.done, progress.total));
  if (progress.cached > 0) parts.push(trans.__("%1 from the catalog", progress.cached));
  if (progress.failed > 0) parts.push(trans.__("%1 failed", progress.failed));
  if (!gone && progress.state === "running" && progress.seconds_left !== null) {
    parts.push(trans.__("about %1 left", durationText(progress.seconds_left, trans)));
  }
  return parts.join(" · ");
}
function runActions(progress, works, gone) {
  if (gone) return [];
  const { state } = progress;
  const sensible = [];
  if (state === "queued" || state === "running") sensible.push("pause");
  if (state === "paused" || state === "stopped" || state === "failed") sensible.push("resume");
  if (state === "queued" || state === "running" || state === "pausing" || state === "paused") sensible.push("cancel");
  return sensible.filter((action) => works.includes(action));
}
var ProgressBar = class {
  root = element("div", { class: "fl-progress" });
  #filled = element("div", { class: "fl-filled" });
  #bar = element("div", { class: "fl-bar", role: "progressbar", "aria-valuemin": 0 }, this.#filled);
  #text = element("span", { class: "fl-progress-text" });
  #more = element("span", { class: "fl-progress-more", dir: "auto" });
  #said = element("span", { class: "fl-hidden", "aria-live": "polite" });
  #buttons;
  #store;
  #lastSaid = "";
  constructor(store) {
    this.#store = store;
    const act = (action, text) => button(
      text,
      () => {
        store.act(action);
      },
      { hidden: true }
    );
    const { trans } = store;
    this.#buttons = {
      pause: act("pause", trans.__("Pause")),
      resume: act("resume", trans.__("Resume")),
      cancel: act("cancel", trans.__("Cancel"))
    };
    this.root.append(this.#bar, this.#text, this.#more, ...Object.values(this.#buttons), this.#said);
  }
  draw() {
    const { progress, scene } = this.#store;
    this.root.hidden = progress === null;
    if (progress === null) return;
    const gone = this.#store.kernel === "gone";
    const text = progressText(progress, gone, this.#store.trans);
    setText(this.#text, text);
    setText(this.#more, gone || progress.text === text ? "" : progress.text);
    setAttribute(this.root, "data-state", gone ? "gone" : progress.state);
    setAttribute(this.#bar, "aria-valuemax", progress.total);
    setAttribute(this.#bar, "aria-valuenow", progress.done);
    setAttribute(this.#bar, "aria-valuetext", text);
    const share = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 1;
    this.#filled.style.width = `${share * 100}%`;
    const actions = runActions(progress, scene?.actions ?? [], gone);
    for (const [action, shown] of Object.entries(this.#buttons)) shown.hidden = !actions.includes(action);
    this.#say(progress, share, text);
  }
  /** A screen reader hears of every tenth, of failures and of changes of state, not of every step. */
  #say(progress, share, text) {
    const state = this.#store.kernel === "gone" ? "gone" : progress.state;
    const heard = `${state} ${progress.failed} ${Math.floor(share * 10)}`;
    if (heard === this.#lastSaid) return;
    this.#lastSaid = heard;
    setText(this.#said, text);
  }
};

// src/grid/difference.ts
function difference(a, b, gain, shown) {
  let largest = 0;
  let sum = 0;
  let differing2 = 0;
  for (let pixel = 0; pixel < a.length; pixel += 4) {
    let here = 0;
    for (let value = pixel; value < pixel + 3; value++) {
      const distance = Math.abs((a[value] ?? 0) - (b[value] ?? 0));
      shown[value] = distance * gain;
      sum += distance;
      if (distance > here) here = distance;
    }
    shown[pixel + 3] = 255;
    if (here > 0) differing2++;
    if (here > largest) largest = here;
  }
  const pixels = Math.max(1, a.length / 4);
  return { largest, mean: sum / (3 * pixels), share: differing2 / pixels };
}
function differenceText({ largest, mean, share }, trans) {
  if (largest === 0) return trans.__("No difference: the same pixels.");
  const meanText = mean < 0.01 ? trans.__("below %1", 0.01) : mean.toFixed(2);
  const percent = share * 100;
  const most = percent > 99.9 && share < 1 ? trans.__("above %1", 99.9) : percent.toFixed(1);
  const shareText = percent < 0.1 ? trans.__("below %1", 0.1) : most;
  return trans.__("Largest difference %1 of 255, mean %2; %3 % of the pixels differ.", largest, meanText, shareText);
}
async function pixelsOf(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  const { naturalWidth: width, naturalHeight: height } = image;
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.drawImage(image, 0, 0);
  return { width, height, values: context.getImageData(0, 0, width, height).data };
}

// src/grid/compare_pictures.ts
var GAINS = [1, 4, 16];
function frame(picture, extra = "") {
  return element(
    "div",
    { class: `fl-frame ${extra}` },
    element("img", { src: picture.url, alt: picture.label, draggable: "false" })
  );
}
function sideBySide(pictures) {
  return element(
    "div",
    { class: "fl-beside" },
    ...pictures.map(
      (picture) => element(
        "figure",
        {},
        frame(picture),
        element("figcaption", { dir: "auto" }, element("strong", {}, picture.letter), ` ${picture.label}`)
      )
    )
  );
}
function overlaid(a, b, mode, trans) {
  const over = frame(b, "fl-over");
  const slider = element("input", {
    type: "range",
    min: 0,
    max: 100,
    value: 50,
    "aria-label": mode === "swipe" ? trans.__("Line between %1 and %2", a.letter, b.letter) : trans.__("Opacity of %1", b.letter)
  });
  const show = () => {
    if (mode === "swipe") over.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
    else over.style.opacity = String(Number(slider.value) / 100);
  };
  slider.addEventListener("input", show);
  show();
  const stack = element("div", { class: "fl-stack" }, frame(a), over);
  return element("div", {}, element("label", { class: "fl-slider" }, a.letter, slider, b.letter), stack);
}
function differing(a, b, trans) {
  const said = element("p", { class: "fl-numbers", "aria-live": "polite" }, trans.__("Comparing…"));
  const canvas = element("canvas", {
    role: "img",
    "aria-label": trans.__("Difference of %1 and %2", a.letter, b.letter)
  });
  const gain = element("select", { "aria-label": trans.__("Brightness of the difference") });
  gain.append(...GAINS.map((value) => element("option", { value }, value === 1 ? trans.__("as it is") : `× ${value}`)));
  const show = async () => {
    const [first, second] = await Promise.all([pixelsOf(a.url), pixelsOf(b.url)]);
    const { width, height } = first;
    if (width !== second.width || height !== second.height) {
      said.textContent = trans.__(
        "Sizes differ: %1 × %2 and %3 × %4 pixels.",
        width,
        height,
        second.width,
        second.height
      );
      return;
    }
    canvas.width = width;
    canvas.height = height;
    const shown = new ImageData(width, height);
    const numbers = difference(first.values, second.values, Number(gain.value), shown.data);
    canvas.getContext("2d")?.putImageData(shown, 0, 0);
    const lossy = a.lossy || b.lossy ? ` ${trans.__("Lossily stored images differ by that, too.")}` : "";
    said.textContent = `${differenceText(numbers, trans)}${lossy}`;
  };
  const run = () => {
    show().catch(() => {
      said.textContent = trans.__("The browser cannot read these images, so they are not compared.");
    });
  };
  gain.addEventListener("change", run);
  run();
  return element(
    "div",
    {},
    said,
    element("label", {}, `${trans.__("Shown")} `, gain),
    element("div", { class: "fl-frame fl-difference" }, canvas)
  );
}
function comparedPictures(pictures, mode, trans) {
  const [a, b] = pictures;
  if (mode === "side" || !a || !b) return sideBySide(pictures);
  return mode === "difference" ? differing(a, b, trans) : overlaid(a, b, mode, trans);
}

// src/grid/failure.ts
function messageOf(reason) {
  return reason instanceof Error ? reason.message : String(reason);
}
var Failure = class {
  // Live regions are heard of only where they stand in the page before their text does.
  #text = element("span", { role: "alert", dir: "auto" });
  #retry;
  root;
  #begun = 0;
  constructor(trans, retry) {
    const press = () => {
      setText(this.#text, trans.__("Trying again…"));
      retry();
    };
    this.#retry = button(trans.__("Retry"), press, { hidden: true });
    this.root = element("div", { class: "fl-failure" }, this.#text, this.#retry);
  }
  /** Null where nothing failed, or does any more. */
  show(reason) {
    setText(this.#text, reason === null ? "" : `⚠ ${reason}`);
    this.root.toggleAttribute("data-failed", reason !== null);
    const focused = this.#retry === document.activeElement;
    this.#retry.hidden = reason === null;
    if (focused && reason === null) this.root.closest("[tabindex]")?.focus({ preventScroll: true });
  }
  /** Shows why any of these fail, each reason once; what was followed before does not count any more. */
  async follow(tasks) {
    const mine = ++this.#begun;
    const outcomes = await Promise.allSettled(tasks);
    if (mine !== this.#begun) return;
    const reasons = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => messageOf(reason));
    this.show(reasons.length === 0 ? null : [...new Set(reasons)].join(" "));
  }
};

// src/grid/compare.ts
function modesOf(trans) {
  return [
    ["side", trans.__("Side by side")],
    ["swipe", trans.__("Swipe")],
    ["onion", trans.__("Onion skin")],
    ["difference", trans.__("Difference")]
  ];
}
var LETTERS2 = ["A", "B", "C", "D"];
var LONGEST_LABEL2 = 200;
var CompareSheet = class {
  title;
  root = element("div", { class: "fl-compare" });
  #store;
  #ids;
  #failure;
  #pictures = element("div", { class: "fl-pictures" });
  #recipes = element("div", { class: "fl-recipes" });
  #modes;
  #pair = element("div", { class: "fl-tabs" });
  #compared = null;
  #mode = null;
  #chosen = [0, 1];
  #closed = false;
  constructor(store, ids) {
    this.#store = store;
    this.#ids = ids;
    const { trans } = store;
    this.title = trans._n("Comparison of %1 image", "Comparison of %1 images", ids.length);
    this.#failure = new Failure(trans, () => {
      this.#load();
    });
    this.#modes = element("div", { class: "fl-tabs", role: "group", "aria-label": trans.__("How to compare") });
    for (const [mode, name] of modesOf(trans)) {
      const choose = () => {
        const { sheet } = store.choices;
        if (sheet?.show === "compare") store.choose({ sheet: { ...sheet, mode } });
      };
      this.#modes.append(button(name, choose, { "data-mode": mode }));
    }
    if (ids.length > 2) this.#pair.append(this.#choice(0), ` ${trans.__("and")} `, this.#choice(1));
    const bar = element("div", { class: "fl-toolbar" }, this.#modes, this.#pair);
    this.root.append(bar, this.#failure.root, this.#pictures, this.#recipes);
    this.#load();
  }
  dispose() {
    this.#closed = true;
  }
  draw() {
    const { sheet } = this.#store.choices;
    if (sheet?.show !== "compare" || !this.#compared || sheet.mode === this.#mode) return;
    this.#mode = sheet.mode;
    this.#show();
  }
  #choice(side) {
    const { trans } = this.#store;
    const select = element("select", { "aria-label": side === 0 ? trans.__("First image") : trans.__("Second image") });
    for (const index of this.#ids.keys()) select.append(element("option", { value: index }, LETTERS2[index] ?? ""));
    select.value = String(this.#chosen[side]);
    select.addEventListener("change", () => {
      this.#chosen[side] = Number(select.value);
      this.#show();
    });
    return select;
  }
  #show() {
    const compared = this.#compared ?? [];
    const mode = this.#mode ?? "side";
    for (const tab of this.#modes.children)
      tab.setAttribute("aria-pressed", String(tab.getAttribute("data-mode") === mode));
    this.#pair.hidden = mode === "side";
    const shown = mode === "side" ? compared : this.#chosen.map((index) => compared[index]).filter((c) => c !== void 0);
    this.#pictures.replaceChildren(comparedPictures(shown, mode, this.#store.trans));
  }
  #load() {
    void this.#failure.follow([this.#loadPictures(), this.#loadRecipes()]);
  }
  async #loadRecipes() {
    const comparison = await this.#store.compare([...this.#ids]);
    this.#recipes.replaceChildren(...recipes(comparison, this.#store.trans));
  }
  async #loadPictures() {
    if (this.#compared) return;
    setText(this.#pictures, this.#store.trans.__("Waiting for the full images…"));
    try {
      const urls = await Promise.all(this.#ids.map((id) => this.#store.wantFull(id)));
      if (this.#closed) return;
      this.#compared = this.#ids.map((id, index) => {
        const cell = this.#store.cells.get(id);
        const label = clamped(cell?.label ?? "", LONGEST_LABEL2);
        return { letter: LETTERS2[index] ?? "", label, url: urls[index] ?? "", lossy: cell?.lossy ?? false };
      });
      this.draw();
    } catch (reason) {
      setText(this.#pictures, "");
      throw reason;
    }
  }
};
function recipes({ rows, factors, warning }, trans) {
  const table = element("table", { class: "fl-table" });
  const letters = LETTERS2.slice(0, rows[0]?.values.length ?? 0);
  table.append(
    element("tr", {}, element("th", {}, ""), ...letters.map((letter) => element("th", { scope: "col" }, letter))),
    ...rows.map(
      ({ name, values, same }) => element(
        "tr",
        same ? {} : { class: "fl-differs" },
        element("th", { scope: "row", dir: "auto" }, same ? name : `≠ ${name}`),
        ...values.map((value) => element("td", { dir: "auto" }, value))
      )
    )
  );
  const what = factors.length === 0 ? trans.__("No parameter differs.") : trans.__("What differs: %1.", factors.join(", "));
  return [
    ...warning === null ? [] : [element("div", { class: "fl-warning", dir: "auto" }, `⚠ ${warning}`)],
    element("p", { dir: "auto" }, what),
    table
  ];
}

// src/grid/help.ts
var HelpSheet = class {
  title;
  root;
  constructor(trans) {
    this.title = trans.__("Keys");
    this.root = element(
      "table",
      { class: "fl-table" },
      ...keysOf(trans).map(
        ([keys, what]) => element("tr", {}, element("th", { scope: "row" }, element("kbd", {}, keys)), element("td", {}, what))
      )
    );
  }
};

// src/grid/details.ts
function named(title, rows, open) {
  if (rows.length === 0) return null;
  const table = element(
    "table",
    { class: "fl-table" },
    ...rows.map(
      ([name, text]) => element("tr", {}, element("th", { scope: "row", dir: "auto" }, name), element("td", { dir: "auto" }, text))
    )
  );
  return element("details", { open }, element("summary", {}, title), table);
}
function parameters(details, trans) {
  const table = element("table", { class: "fl-table" });
  for (const { name, text, differs, base } of details.parameters) {
    const value = element("td", { dir: "auto" }, element("div", { class: "fl-long" }, text));
    if (differs)
      value.append(
        element("div", { class: "fl-base", dir: "auto" }, trans.__("base: %1", base ?? trans.__("not set")))
      );
    const heading = element("th", { scope: "row", dir: "auto" }, differs ? `≠ ${name}` : name);
    table.append(element("tr", differs ? { class: "fl-differs" } : {}, heading, value));
  }
  return element(
    "details",
    { open: true },
    element("summary", {}, trans.__("Parameters (≠ differs from the base recipe)")),
    table
  );
}
function detailsElements(details, trans) {
  const facts = [];
  if (details.seconds !== null)
    facts.push(trans.__("Made in %1 s.", details.seconds.toFixed(details.seconds < 10 ? 2 : 0)));
  if (details.path !== null) facts.push(details.path);
  return [
    ...details.notes.map((note) => element("div", { class: "fl-warning", dir: "auto" }, `≡ ${note}`)),
    parameters(details, trans),
    named(trans.__("Really used"), details.effective, true),
    named(trans.__("Environment"), details.environment, false),
    element("details", { open: true }, element("summary", {}, trans.__("Python")), codeBlock(details.code, trans)),
    facts.length === 0 ? null : element("p", { class: "fl-facts" }, facts.join(" "))
  ].filter((part) => part !== null);
}

// src/grid/marks_editor.ts
function tagsOf(text) {
  return [...new Set(text.split(",").map((tag) => tag.trim()))].filter((tag) => tag !== "");
}
var MarksEditor = class {
  root = element("div", { class: "fl-editor" });
  #marked;
  #stars;
  #reject;
  #note;
  #tags;
  constructor(marked, trans) {
    this.#marked = marked;
    this.#note = element("textarea", {
      rows: 2,
      dir: "auto",
      "aria-label": trans.__("Note"),
      placeholder: trans.__("Note")
    });
    this.#tags = element("input", {
      type: "text",
      dir: "auto",
      "aria-label": trans.__("Tags"),
      placeholder: trans.__("Tags, with commas")
    });
    this.#stars = [1, 2, 3, 4, 5].map(
      (stars2) => button(
        "☆",
        () => {
          marked.mark({ stars: marked.now()?.stars === stars2 ? null : stars2 });
        },
        { "aria-label": trans._n("%1 star", "%1 stars", stars2) }
      )
    );
    this.#reject = button(trans.__("⊘ Reject"), () => {
      marked.mark({ rejected: !(marked.now()?.rejected ?? false) });
    });
    this.#saved(this.#note, () => {
      const note = this.#note.value.trim() || null;
      if (note !== (marked.now()?.note ?? null)) marked.mark({ note });
    });
    this.#saved(this.#tags, () => {
      const tags = tagsOf(this.#tags.value);
      if (tags.join("\n") !== (marked.now()?.tags ?? []).join("\n")) marked.mark({ tags });
    });
    const stars = element("div", { class: "fl-stars", role: "group", "aria-label": trans.__("Stars") }, ...this.#stars);
    this.root.append(stars, this.#reject, this.#tags, this.#note);
  }
  draw() {
    const now = this.#marked.now();
    if (!now) return;
    for (const [index, star] of this.#stars.entries()) {
      star.textContent = index < (now.stars ?? 0) ? "★" : "☆";
      star.setAttribute("aria-pressed", String(index + 1 === now.stars));
    }
    this.#reject.setAttribute("aria-pressed", String(now.rejected));
    if (document.activeElement !== this.#note) this.#note.value = now.note ?? "";
    if (document.activeElement !== this.#tags) this.#tags.value = now.tags.join(", ");
  }
  #saved(field, save) {
    field.addEventListener("blur", save);
    field.addEventListener("keydown", (event) => {
      if (event instanceof KeyboardEvent && event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        save();
      }
    });
  }
};

// src/grid/lightbox.ts
var LONGEST_ALT = 1e3;
function actionsOf(trans) {
  return [
    ["base", trans.__("Use as base")],
    ["rerun", trans.__("Re-run this cell")],
    ["seeds", trans.__("More seeds")]
  ];
}
var Lightbox = class {
  title;
  root = element("div", { class: "fl-lightbox" });
  #store;
  #id;
  #image = element("img", { alt: "", draggable: "false" });
  #signs = element("div", { class: "fl-status", dir: "auto" });
  #actions = element("div", { class: "fl-toolbar" });
  #failure;
  #details = element("div", { class: "fl-details" });
  #editor;
  #version = void 0;
  #status = "";
  #closed = false;
  constructor(store, id) {
    this.#store = store;
    this.#id = id;
    this.title = clamped(store.cells.get(id)?.label ?? "", LONGEST_ALT);
    const { trans } = store;
    this.#editor = new MarksEditor(
      {
        now: () => store.cells.get(id),
        mark: (set) => {
          store.mark([id], set);
        }
      },
      trans
    );
    this.#failure = new Failure(trans, () => {
      const cell = store.cells.get(id);
      if (cell) this.#load(cell);
    });
    for (const [action, name] of actionsOf(trans)) {
      const act = button(
        name,
        () => {
          store.act(action, id);
        },
        { "data-action": action }
      );
      this.#actions.append(act);
    }
    const text = element(
      "div",
      { class: "fl-beside-image" },
      this.#failure.root,
      this.#signs,
      this.#actions,
      this.#editor.root,
      this.#details
    );
    this.root.append(element("div", { class: "fl-frame fl-large" }, this.#image), text);
  }
  dispose() {
    this.#closed = true;
  }
  draw() {
    const cell = this.#store.cells.get(this.#id);
    if (!cell) return;
    const gone = this.#store.kernel === "gone";
    this.#image.alt = clamped(spoken(cell, false, gone, this.#store.trans), LONGEST_ALT);
    const preview = cell.status === "running" ? this.#store.gallery.preview(cell.id) : null;
    const url = preview ?? this.#store.gallery.full(cell.id) ?? this.#store.gallery.thumb(cell.id);
    if (url === null) this.#image.removeAttribute("src");
    else if (this.#image.getAttribute("src") !== url) this.#image.src = url;
    this.#image.hidden = url === null;
    const signs = signsOf(cell, gone, this.#store.trans).map(({ sign, word }) => `${sign} ${word}`);
    setText(this.#signs, [...signs, ...cell.error === null ? [] : [cell.error]].join(" · "));
    const works = gone ? [] : this.#store.scene?.actions ?? [];
    for (const act of this.#actions.children) {
      act.toggleAttribute("hidden", !works.some((action) => action === act.getAttribute("data-action")));
    }
    this.#editor.draw();
    if (cell.version === this.#version && cell.status === this.#status) return;
    this.#version = cell.version;
    this.#status = cell.status;
    this.#load(cell);
  }
  #load({ id, version }) {
    const picture = version === null ? null : this.#store.wantFull(id);
    void this.#failure.follow([this.#loadDetails(), picture].filter((task) => task !== null));
  }
  async #loadDetails() {
    const details = await this.#store.details(this.#id);
    if (!this.#closed) this.#details.replaceChildren(...detailsElements(details, this.#store.trans));
  }
};

// src/grid/sheet.ts
function contentOf(store, sheet) {
  switch (sheet.show) {
    case "cell":
      return new Lightbox(store, sheet.id);
    case "compare":
      return new CompareSheet(store, sheet.ids);
    case "help":
      return new HelpSheet(store.trans);
  }
}
function identity(sheet) {
  return JSON.stringify(sheet?.show === "compare" ? sheet.ids : sheet);
}
var SheetView = class {
  root = element("div", { class: "fl-sheet", role: "dialog", tabindex: -1, hidden: true });
  #title = element("strong", { dir: "auto" });
  #body = element("div", { class: "fl-sheet-body" });
  #stop = new AbortController();
  #store;
  #under;
  #focusUnder;
  #content = null;
  #shown = identity(null);
  /** `focusUnder` gives the focus back to what lies under the sheet. */
  constructor(store, under, focusUnder) {
    this.#store = store;
    this.#under = under;
    this.#focusUnder = focusUnder;
    const close = button(store.trans.__("✕ Close"), () => {
      store.choose({ sheet: null });
    });
    this.root.append(element("div", { class: "fl-sheet-head" }, this.#title, close), this.#body);
    zoomByPointer(this.#body, store, this.#stop.signal);
  }
  dispose() {
    this.#stop.abort();
    this.#content?.dispose?.();
  }
  draw() {
    const { sheet } = this.#store.choices;
    const now = identity(sheet);
    if (now !== this.#shown) {
      this.#shown = now;
      this.#show(sheet);
    }
    this.#content?.draw?.();
  }
  #show(sheet) {
    const view = this.root.closest(".fluxlab-image-grid");
    const focused = view?.contains(document.activeElement) ?? false;
    if (focused) this.root.focus({ preventScroll: true });
    this.#content?.dispose?.();
    this.#content = sheet && contentOf(this.#store, sheet);
    this.#body.replaceChildren(...this.#content ? [this.#content.root] : []);
    setText(this.#title, this.#content?.title ?? "");
    setAttribute(this.root, "aria-label", this.#content?.title);
    this.root.hidden = sheet === null;
    if (focused && sheet) {
      this.root.focus({ preventScroll: true });
      this.root.scrollIntoView({ block: "nearest" });
    }
    this.#under.inert = sheet !== null;
    if (focused && !sheet) this.#focusUnder();
  }
};

// src/grid/toolbar.ts
var MOST_TABS = 6;
var LONGEST_OPTION = 60;
var Toolbar = class {
  root;
  #store;
  #built = "";
  #refresh = [];
  constructor(store) {
    this.#store = store;
    this.root = element("div", { class: "fl-toolbar", role: "toolbar", "aria-label": store.trans.__("View") });
  }
  /** Builds the controls anew only where there are others, so that the one in use keeps the focus. */
  draw() {
    const { scene, choices } = this.#store;
    if (!scene) return;
    const { rows, columns } = choices.layout;
    const built = JSON.stringify([scene.directions, rows, columns]);
    if (built !== this.#built) {
      const label = document.activeElement?.getAttribute("aria-label");
      const focused = this.root.contains(document.activeElement);
      this.#built = built;
      this.#build(scene);
      if (focused)
        [...this.root.querySelectorAll("[aria-label]")].find((e) => e.ariaLabel === label)?.focus();
    }
    for (const refresh of this.#refresh) refresh();
  }
  #build(scene) {
    this.#refresh = [];
    const { rows, columns } = this.#store.choices.layout;
    const { trans } = this.#store;
    const parts = [];
    if (scene.directions.length > 0)
      parts.push(this.#side("rows", trans.__("Rows"), scene), this.#side("columns", trans.__("Columns"), scene));
    if (rows !== null || columns !== null) {
      for (const [index, direction] of scene.directions.entries()) {
        if (index === rows || index === columns) continue;
        parts.push(
          direction.labels.length <= MOST_TABS ? this.#tabs(index, direction) : this.#slider(index, direction)
        );
      }
    }
    this.root.replaceChildren(...parts, this.#size(), this.#zoom());
  }
  #side(side, name, scene) {
    const select = element("select", { "aria-label": name });
    select.append(element("option", { value: "" }, "–"));
    for (const [index, direction] of scene.directions.entries()) {
      select.append(element("option", { value: index }, clamped(direction.name, LONGEST_OPTION)));
    }
    select.addEventListener("change", () => {
      const direction = select.value === "" ? null : Number(select.value);
      this.#store.choose({ layout: turned(this.#store.choices.layout, side, direction) });
    });
    this.#refresh.push(() => {
      select.value = String(this.#store.choices.layout[side] ?? "");
    });
    return element("label", {}, `${name} `, select);
  }
  #select(direction, value) {
    const { layout } = this.#store.choices;
    const selected = [...layout.selected];
    selected[direction] = value;
    this.#store.choose({ layout: { ...layout, selected } });
  }
  #tabs(index, direction) {
    const buttons = direction.labels.map(
      (label, value) => button(
        clamped(label.text, LONGEST_OPTION),
        () => {
          this.#select(index, value);
        },
        { class: "fl-tab", dir: "auto", "aria-label": `${direction.name}: ${clamped(label.text, LONGEST_OPTION)}` }
      )
    );
    this.#refresh.push(() => {
      const chosen = this.#store.choices.layout.selected[index] ?? 0;
      for (const [value, tab] of buttons.entries()) tab.setAttribute("aria-pressed", String(value === chosen));
    });
    const name = element("span", { class: "fl-name", dir: "auto" }, clamped(direction.name, LONGEST_OPTION));
    return element("div", { class: "fl-tabs", role: "group", "aria-label": direction.name }, name, ...buttons);
  }
  #slider(index, direction) {
    const last = direction.labels.length - 1;
    const input = element("input", { type: "range", min: 0, max: last, step: 1, "aria-label": direction.name });
    const output = element("output", { dir: "auto" });
    input.addEventListener("input", () => {
      this.#select(index, Number(input.value));
    });
    this.#refresh.push(() => {
      const chosen = this.#store.choices.layout.selected[index] ?? 0;
      const text = clamped(direction.labels[chosen]?.text ?? "", LONGEST_OPTION);
      input.value = String(chosen);
      input.setAttribute("aria-valuetext", text);
      output.textContent = this.#store.trans.__("%1 (%2 of %3)", text, chosen + 1, last + 1);
    });
    const name = element("span", { class: "fl-name", dir: "auto" }, clamped(direction.name, LONGEST_OPTION));
    return element("label", { class: "fl-slider" }, name, input, output);
  }
  #size() {
    const input = element("input", {
      type: "range",
      min: SMALLEST_SIZE,
      max: LARGEST_SIZE,
      step: 8,
      "aria-label": this.#store.trans.__("Size")
    });
    input.addEventListener("input", () => {
      this.#store.choose({ size: Number(input.value) });
    });
    this.#refresh.push(() => {
      input.value = String(this.#store.choices.size);
    });
    return element("label", { class: "fl-slider fl-end" }, `${this.#store.trans.__("Size")} `, input);
  }
  #zoom() {
    const store = this.#store;
    const { trans } = store;
    const by = (factor) => () => {
      store.choose({ zoom: zoomedAt(store.choices.zoom, factor) });
    };
    const whole = () => {
      store.choose({ zoom: WHOLE });
    };
    const help = () => {
      store.choose({ sheet: { show: "help" } });
    };
    const shown = button("100 %", whole, {
      "aria-label": trans.__("Whole images"),
      title: trans.__("Whole images (0)")
    });
    this.#refresh.push(() => {
      shown.textContent = `${Math.round(store.choices.zoom.scale * 100)} %`;
    });
    return element(
      "div",
      { class: "fl-zoom", role: "group", "aria-label": trans.__("Zoom") },
      button("−", by(1 / 1.25), { "aria-label": trans.__("Zoom out"), title: trans.__("Zoom out (−)") }),
      shown,
      button("+", by(1.25), { "aria-label": trans.__("Zoom in"), title: trans.__("Zoom in (+)") }),
      button("?", help, { "aria-label": trans.__("Keys"), title: trans.__("Keys (?)") })
    );
  }
};

// src/grid/view.ts
var View = class {
  root = element("div", { class: "fluxlab-image-grid" });
  #store;
  #matrix;
  #sheet;
  #compareBar;
  #parts;
  #notices;
  #resized = new ResizeObserver(() => {
    this.#schedule();
  });
  #unsubscribe;
  #releaseKeys = keepKeys(() => this.root);
  #frame = null;
  constructor(store) {
    this.#store = store;
    const schedule = () => {
      this.#schedule();
    };
    this.#matrix = new Matrix(store, schedule);
    this.#notices = new Notices(store, () => {
      this.#matrix.focus();
    });
    this.#sheet = new SheetView(store, this.#matrix.root, () => {
      this.#matrix.focus();
    });
    this.#compareBar = new CompareBar(store);
    const heading = new Heading(store);
    const toolbar = new Toolbar(store);
    const progress = new ProgressBar(store);
    this.#parts = [this.#notices, heading, progress, toolbar, this.#compareBar, this.#matrix, this.#sheet];
    const stage = element("div", { class: "fl-stage" }, this.#matrix.root, this.#sheet.root);
    this.root.append(this.#notices.root, heading.root, progress.root, toolbar.root, this.#compareBar.root, stage);
    this.root.addEventListener("keydown", (event) => {
      this.#pressed(event);
    });
    this.#matrix.root.addEventListener("dblclick", (event) => {
      const id = idAt(event.target);
      if (id !== null) store.choose({ sheet: { show: "cell", id } });
    });
    this.root.addEventListener("focusin", () => {
      store.focusHolder = this.root;
    });
    this.root.addEventListener("focusout", () => {
      queueMicrotask(() => {
        const left = this.root.isConnected && !this.root.contains(document.activeElement);
        if (left && store.focusHolder === this.root) store.focusHolder = null;
      });
    });
    this.#unsubscribe = store.subscribe(schedule);
    this.#resized.observe(this.#matrix.root);
    this.#schedule();
  }
  dispose() {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#unsubscribe();
    this.#releaseKeys();
    this.#resized.disconnect();
    this.#matrix.dispose();
    this.#sheet.dispose();
    this.#notices.dispose();
    this.root.remove();
    if (this.#store.focusHolder === this.root) this.#store.choose({});
  }
  #schedule() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
    });
  }
  #draw() {
    this.root.toggleAttribute("data-gone", this.#store.kernel === "gone");
    showZoom(this.root, this.#store.choices.zoom);
    for (const part of this.#parts) part.draw();
    this.#inheritFocus();
  }
  /** Takes the focus of a view that was removed while it had it, unless somebody else has it by now. */
  #inheritFocus() {
    const { focusHolder, scene } = this.#store;
    if (!focusHolder || focusHolder.isConnected || !this.root.isConnected || !scene) return;
    this.#store.focusHolder = null;
    const active = document.activeElement;
    if (active === null || active.contains(this.root)) this.#matrix.focus();
  }
  #pressed(event) {
    const command = event.defaultPrevented ? null : commandOf(event);
    if (!command) return;
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select") !== null;
    const onControl = event.target instanceof Element && event.target.closest("button, summary, a") !== null;
    if (typing && command.do !== "close" || onControl && command.do === "open") return;
    if (this.#obey(command)) event.preventDefault();
  }
  /** True where the command meant something; a key that did not is left to the browser. */
  #obey(command) {
    const store = this.#store;
    const { focus, zoom, sheet } = store.choices;
    switch (command.do) {
      case "zoom":
        store.choose({ zoom: zoomedAt(zoom, command.factor) });
        return true;
      case "whole":
        store.choose({ zoom: WHOLE });
        return true;
      case "help":
        store.choose({ sheet: sheet?.show === "help" ? null : { show: "help" } });
        return true;
      case "close":
        if (sheet) store.choose({ sheet: null });
        return sheet !== null;
      case "compare":
        return this.#compareBar.compare();
      default:
        return focus !== null && this.#obeyCell(command, focus);
    }
  }
  #obeyCell(command, focus) {
    const store = this.#store;
    const { sheet } = store.choices;
    const cell = store.cells.get(focus);
    if (!cell || sheet && sheet.show !== "cell") return false;
    switch (command.do) {
      case "move":
        this.#matrix.move(command.motion);
        if (sheet && store.choices.focus !== null) store.choose({ sheet: { show: "cell", id: store.choices.focus } });
        return true;
      case "open":
        store.choose({ sheet: { show: "cell", id: focus } });
        return true;
      case "star":
        store.mark([focus], { stars: cell.stars === null ? 5 : null });
        return true;
      case "rate":
        store.mark([focus], { stars: command.stars });
        return true;
      case "reject":
        store.mark([focus], { rejected: !cell.rejected });
        return true;
      case "mark":
        if (!store.toggleMarked(focus)) {
          const text = store.trans.__("Four cells are marked: press v to compare them.");
          store.notify({ level: "info", text, trace: null });
        }
        return true;
      default:
        return false;
    }
  }
};

// src/grid/widget.ts
function renderForm(model, el) {
  el.append(hiding(model));
  return keepKeys(() => el.closest(".fluxlab-panel"));
}
function hiding(model) {
  const hides = element("style");
  hides.textContent = model.get("hides") ?? "";
  return hides;
}
function grid() {
  let store = null;
  return {
    initialize({ model }) {
      if (model.get("form")) return () => void 0;
      const made = new Store(model);
      store = made;
      const unwatch = watchKernel(model, made);
      return () => {
        unwatch();
        made.dispose();
      };
    },
    render({ model, el }) {
      if (model.get("form")) return renderForm(model, el);
      const shown = store ?? new Store(model);
      store = shown;
      const unwatch = watchElement(model, shown, el);
      const view = new View(shown);
      const hides = hiding(model);
      el.append(hides, view.root);
      return () => {
        unwatch();
        hides.remove();
        view.dispose();
      };
    }
  };
}
export {
  grid as default
};

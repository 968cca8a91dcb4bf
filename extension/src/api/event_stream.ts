export interface StreamEvent {
  event: string;
  data: string;
}

/** Server-sent events out of text that comes in pieces, cut anywhere. */
export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];

  feed(text: string): StreamEvent[] {
    const found: StreamEvent[] = [];
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line(line.replace(/\r$/, ""));
      if (event) found.push(event);
    }
    return found;
  }

  #line(line: string): StreamEvent | null {
    if (line === "") {
      const event = { event: this.#event || "message", data: this.#data.join("\n") };
      const any = this.#data.length > 0;
      this.#event = "";
      this.#data = [];
      return any ? event : null;
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    return null;
  }
}

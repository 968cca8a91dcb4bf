import { URLExt } from "@jupyterlab/coreutils";
import { ServerConnection } from "@jupyterlab/services";
import { bodyOf } from "../api/http.js";
import { errorOf, type Http, unreachable } from "../gallery/host.js";

/** Requests to fluxlab's routes of the server that this page comes from, with its base URL, its token and its cookies. */
export class ServerHttp implements Http {
  readonly #settings: ServerConnection.ISettings;

  constructor(settings: ServerConnection.ISettings) {
    this.#settings = settings;
  }

  async json<T>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.#ask(path, init);
    return bodyOf(response, () => response.json(), init.signal ?? undefined);
  }

  async bytes(path: string): Promise<Blob> {
    // Pictures never change under their address, so that the browser may keep them, unlike what Jupyter asks for by default.
    const response = await this.#ask(path, { cache: "default" });
    return bodyOf(response, () => response.blob());
  }

  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#ask(path, { signal });
    if (response.body === null) throw unreachable();
    return response.body;
  }

  async #ask(path: string, init: RequestInit): Promise<Response> {
    const response = await this.#send(URLExt.join(this.#settings.baseUrl, "fluxlab/api/") + path, init);
    if (!response.ok) throw await errorOf(response);
    return response;
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this.#settings);
    } catch (reason) {
      if (init.signal?.aborted === true) throw reason;
      throw unreachable();
    }
  }
}

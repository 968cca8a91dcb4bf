import type { Translate } from "../grid/translate.js";
import { HttpError, UNREACHABLE } from "./http.js";

/** Why something could not be had, in a sentence for the person in front of it. */
export function sentenceOf(reason: unknown, say: Translate): string {
  if (!(reason instanceof HttpError)) return reason instanceof Error ? reason.message : String(reason);
  if (reason.status === UNREACHABLE) {
    return say("The Jupyter server cannot be reached: see whether it runs, then press Retry.");
  }
  if (reason.told) return reason.message;
  if (reason.status === 404) {
    return say(
      "This Jupyter server has no fluxlab: install fluxlab where the server runs, then start the server again.",
    );
  }
  if (reason.status === 401 || reason.status === 403) {
    return say("The Jupyter server does not know you any more: load the page again and log in.");
  }
  // Answered, but by a page: a proxy's, or the one to log in.
  if (reason.status < 400) {
    return say("The answer is not one of fluxlab's: load the page again, and log in where it asks you to.");
  }
  return say("The server answered %1.", reason.status);
}

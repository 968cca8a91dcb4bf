import { HttpError } from "../api/http.js";

export { sentenceOf } from "../api/sentence.js";

export function isAboutQuery(reason: unknown): boolean {
  return reason instanceof HttpError && reason.told && reason.status === 400;
}

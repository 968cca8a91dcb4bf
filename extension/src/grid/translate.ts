/** The text in the language of the page, with `%1`, `%2` replaced by the values. */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** As it is written here. */
export const plain: Translate = (text, ...values) =>
  text.replace(/%(\d)/g, (whole, place) => String(values[Number(place) - 1] ?? whole));

/** The part of JupyterLab's `TranslationBundle` that is used here, so that its tools find the texts in the sources. */
export interface Trans {
  /** The text in the language of the page, with `%1`, `%2` replaced by the values. */
  __(text: string, ...values: (string | number)[]): string;
  /** The form that belongs to a count, which is `%1`; the values are `%2` and on. */
  _n(one: string, many: string, count: number, ...values: (string | number)[]): string;
}

export type Translate = Trans["__"];

/** As it is written here. */
export const plain: Translate = (text, ...values) =>
  text.replace(/%(\d)/g, (whole, place) => String(values[Number(place) - 1] ?? whole));

/** For pages without a translator, as notebooks outside of JupyterLab. */
export const english: Trans = {
  __: plain,
  _n: (one, many, count, ...values) => plain(count === 1 ? one : many, count, ...values),
};

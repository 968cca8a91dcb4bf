/** A word of a query and where it stands. Quotes hold it together, as in `model:"a b"`. */
export interface Word {
  text: string;
  from: number;
  to: number;
}

export function wordsOf(query: string): Word[] {
  return [...query.matchAll(/(?:"[^"]*(?:"|$)|[^\s"])+/g)].map(({ 0: text, index }) => ({
    text,
    from: index,
    to: index + text.length,
  }));
}

const textsOf = (query: string): string[] => wordsOf(query).map((word) => word.text);

/** Whether all of these words stand in a query. */
export function hasWords(query: string, words: string): boolean {
  const there = textsOf(query);
  const asked = textsOf(words);
  return asked.length > 0 && asked.every((word) => there.includes(word));
}

/** The query with these words, or without them where it had them all. */
export function toggledWords(query: string, words: string): string {
  const there = textsOf(query);
  const asked = textsOf(words);
  const rest = there.filter((word) => !asked.includes(word));
  return (hasWords(query, words) ? rest : [...rest, ...asked]).join(" ");
}

/** Whether somebody is in the middle of a word: a quote is open, or a value is missing. */
export function isUnfinished(query: string): boolean {
  return query.split('"').length % 2 === 0 || /[:<>=,]$/.test(query);
}

import type { Translate } from "../grid/translate.js";

/** A cell of a notebook that is written anew. */
export interface NewCell {
  type: "markdown" | "code";
  source: string;
}

const markdown = (source: string): NewCell => ({ type: "markdown", source });
const code = (source: string): NewCell => ({ type: "code", source });

/** The notebook of the launcher's card: it runs as it is, with the model that fluxlab brings along. */
export function firstNotebook(__: Translate): readonly NewCell[] {
  return [
    markdown(
      [
        `# ${__("A first sweep")}`,
        __(
          "Run the cells from top to bottom. The model is *nano*, which comes with fluxlab and needs no GPU. What is made here is kept in `.fluxlab/` beside this notebook, and appears in the gallery at the side.",
        ),
      ].join("\n\n"),
    ),
    code("from fluxlab import Lab, Sweep\n\nlab = Lab()"),
    markdown(__("What varies, and what it costs before anything runs:")),
    code(
      'sweep = Sweep("a {sailboat|strawberry} on a blue background", seed=[1, 2], guidance=[1, 4])\nlab.plan(sweep)',
    ),
    markdown(__("The images as a grid. Running it again takes every image from the catalog.")),
    code("lab.run(sweep)"),
    markdown(__("Everything that was made so far, to search, mark and compare:")),
    code("lab.panel.catalog()"),
  ];
}

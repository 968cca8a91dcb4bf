import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Panel } from "@lumino/widgets";

const gallery: JupyterFrontEndPlugin<void> = {
  id: "fluxlab:plugin",
  description: "The gallery of what fluxlab has made.",
  autoStart: true,
  optional: [ILabShell],
  activate: (app: JupyterFrontEnd, labShell: ILabShell | null) => {
    const panel = new Panel();
    panel.id = "fluxlab-gallery";
    panel.title.caption = "fluxlab";
    panel.title.label = "fluxlab";
    panel.addClass("fl-lab-gallery");
    app.shell.add(panel, labShell === null ? "right" : "left", { rank: 600 });
  },
};

export default gallery;

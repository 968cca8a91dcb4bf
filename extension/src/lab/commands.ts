/** The names of the commands; keys and menus in schema/plugin.json use them too. */
export const CommandIDs = {
  gallery: "fluxlab:gallery",
  open: "fluxlab:open",
  newNotebook: "fluxlab:new-notebook",
  insert: "fluxlab:insert",
  show: "fluxlab:show",
  frame: "fluxlab:frame",
  grid: "fluxlab:grid",
  panel: "fluxlab:panel",
  recipe: "fluxlab:recipe",
  compare: "fluxlab:compare",
  sweep: "fluxlab:sweep",
  tab: "fluxlab:tab",
  import: "fluxlab:import",
  refresh: "fluxlab:refresh",
} as const;

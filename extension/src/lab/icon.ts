import { LabIcon } from "@jupyterlab/ui-components";

/** Four images, one of them chosen. */
export const icon = new LabIcon({
  name: "fluxlab:gallery",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <g class="jp-icon3" fill="#616161" fill-rule="evenodd">
    <path d="M1 1h6v6H1zM2 2v4h4V2z"/>
    <path d="M9 1h6v6H9z"/>
    <path d="M1 9h6v6H1zM2 10v4h4v-4z"/>
    <path d="M9 9h6v6H9zM10 10v4h4v-4z"/>
  </g>
</svg>`,
});

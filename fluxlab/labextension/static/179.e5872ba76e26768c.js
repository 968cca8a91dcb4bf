"use strict";(self.rspackChunkfluxlab=self.rspackChunkfluxlab||[]).push([[179],{15(a,e,l){var r=l(16),i=l.n(r),t=l(17),o=l.n(t),n=l(18),f=l.n(n),d=l(19),s=l.n(d),p=l(20),g=l.n(p),x=l(21),b=l.n(x),u=l(22),c={};c.styleTagTransform=b(),c.setAttributes=s(),c.insert=f().bind(null,"head"),c.domAPI=o(),c.insertStyleElement=g(),i()(u.A,c),u.A&&u.A.locals&&u.A.locals},26(a,e,l){var r=l(23),i=l.n(r),t=l(24),o=(l.n(t))()(i());o.push([a.id,`/* Everything is under one class, since this is the style of the whole page. */

.fluxlab-gallery {
  --fl-paper: var(--jp-layout-color1, #fff);
  --fl-raised: var(--jp-layout-color2, #f3f3f3);
  --fl-ink: var(--jp-ui-font-color1, #212121);
  --fl-faint: var(--jp-ui-font-color2, #595959);
  --fl-line: var(--jp-border-color1, #bdbdbd);
  --fl-brand: var(--jp-brand-color1, #1976d2);
  --fl-bad: var(--jp-error-color1, #d32f2f);
  --fl-warn: var(--jp-warn-color1, #b26a00);

  position: relative;
  box-sizing: border-box;
  display: flex;
  flex-direction: column;
  height: 100%;
  min-width: 0;
  overflow: hidden;
  background: var(--fl-paper);
  color: var(--fl-ink);
  font-family: var(--jp-ui-font-family, system-ui, sans-serif);
  font-size: var(--jp-ui-font-size1, 13px);
  line-height: 1.4;
}

.fluxlab-gallery *,
.fluxlab-gallery *::before {
  box-sizing: border-box;
}

.fluxlab-gallery [hidden] {
  display: none !important;
}

.fluxlab-gallery :focus-visible {
  outline: 3px solid var(--fl-brand);
  outline-offset: -1px;
}

.fluxlab-gallery :where(button, select, textarea, input[type="text"]) {
  min-width: 0;
  max-width: 100%;
  padding: 2px 6px;
  border: 1px solid var(--fl-line);
  border-radius: 3px;
  background: var(--fl-raised);
  color: inherit;
  font: inherit;
}

.fluxlab-gallery button {
  cursor: pointer;
}

.fluxlab-gallery button:is(:disabled, [aria-disabled="true"]) {
  color: var(--fl-faint);
  cursor: default;
  opacity: 0.6;
}

.fluxlab-gallery button:hover:not(:disabled, [aria-disabled="true"]) {
  border-color: var(--fl-brand);
}

.fluxlab-gallery button[aria-pressed="true"] {
  border-color: var(--fl-brand);
  box-shadow: inset 3px 0 0 var(--fl-brand);
  font-weight: bold;
}

.fluxlab-gallery input[type="range"] {
  flex: 1 1 50px;
  min-width: 50px;
  max-width: 140px;
  accent-color: var(--fl-brand);
}

.fluxlab-gallery summary {
  cursor: pointer;
}

.fluxlab-gallery pre {
  max-height: 320px;
  margin: 4px 0;
  padding: 6px;
  overflow: auto;
  background: var(--fl-raised);
  color: inherit;
  font-family: var(--jp-code-font-family, monospace);
  font-size: var(--jp-code-font-size, 12px);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

/* Heading and search */

.fluxlab-gallery .fg-top {
  flex: none;
  max-height: 60%;
  padding: 6px 6px 0;
  overflow: auto;
}

.fluxlab-gallery .fg-header {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
  align-items: center;
  margin-bottom: 4px;
}

.fluxlab-gallery .fg-catalog {
  flex: 1 1 100px;
}

/* Beside the size and the count in the narrowest sidebar. */
.fluxlab-gallery .fg-grouping {
  flex: 3 1 80px;
  max-width: max-content;
}

.fluxlab-gallery .fg-total {
  color: var(--fl-faint);
  white-space: nowrap;
}

.fluxlab-gallery .fg-searching {
  margin-bottom: 4px;
}

.fluxlab-gallery .fg-field {
  position: relative;
  display: flex;
}

.fluxlab-gallery .fg-search {
  flex: 1;
  padding-inline-end: 26px;
}

.fluxlab-gallery .fg-search[aria-invalid] {
  border: 2px dashed var(--fl-bad);
}

.fluxlab-gallery .fg-clear {
  position: absolute;
  inset-inline-end: 2px;
  top: 1px;
  border-color: transparent;
  background: transparent;
}

.fluxlab-gallery .fg-options {
  position: absolute;
  z-index: 10;
  top: 100%;
  left: 0;
  width: 100%;
  max-height: 240px;
  margin: 1px 0 0;
  padding: 0;
  overflow: auto;
  border: 1px solid var(--fl-line);
  background: var(--fl-paper);
  list-style: none;
}

/* The list of suggestions lies over what is below, which a box that scrolls would cut off. */
.fluxlab-gallery .fg-top:has(.fg-options:not([hidden])) {
  overflow: visible;
}

.fluxlab-gallery .fg-options li {
  display: flex;
  gap: 8px;
  justify-content: space-between;
  padding: 2px 6px;
  border-inline-start: 4px solid transparent;
  cursor: pointer;
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fg-options li:is([aria-selected="true"], :hover) {
  border-color: var(--fl-brand);
  background: var(--fl-raised);
}

.fluxlab-gallery :is(.fg-help, .fg-count, .fg-more) {
  color: var(--fl-faint);
  font-size: var(--jp-ui-font-size0, 11px);
}

.fluxlab-gallery .fg-error {
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fg-error:empty {
  display: none;
}

.fluxlab-gallery .fg-facets-body {
  max-height: 40vh;
  overflow: auto;
  padding-inline-start: 8px;
}

.fluxlab-gallery[data-wide] .fg-facets-body {
  columns: 200px;
}

.fluxlab-gallery .fg-facets-body > details {
  break-inside: avoid;
}

.fluxlab-gallery .fg-value {
  display: flex;
  gap: 6px;
  justify-content: space-between;
  width: 100%;
  border-color: transparent;
  background: transparent;
  text-align: start;
  overflow-wrap: anywhere;
}

.fluxlab-gallery :is(.fg-banner, .fg-message-line, .fg-under-way, .fl-warning) {
  margin: 4px 0;
  padding: 3px 6px;
  border-inline-start: 4px solid var(--fl-line);
  background: var(--fl-raised);
  overflow-wrap: anywhere;
}

.fluxlab-gallery :is(.fg-banner, .fl-warning) {
  border-color: var(--fl-warn);
}

.fluxlab-gallery .fg-message-line {
  display: flex;
  gap: 6px;
  align-items: flex-start;
}

.fluxlab-gallery .fg-message-line > span {
  flex: 1;
  min-width: 0;
}

.fluxlab-gallery .fg-message-line > button {
  flex: none;
  padding: 0 5px;
  border-color: transparent;
  background: transparent;
}

.fluxlab-gallery .fg-message-line[data-level="error"] {
  border-color: var(--fl-bad);
}

/* The images */

.fluxlab-gallery .fg-body {
  display: flex;
  flex: 1;
  flex-direction: column;
  min-height: 0;
}

.fluxlab-gallery[data-wide] .fg-body {
  flex-direction: row;
}

.fluxlab-gallery .fg-stage {
  position: relative;
  flex: 1 1 0;
  min-width: 0;
  min-height: 0;
}

.fluxlab-gallery .fg-list {
  position: absolute;
  inset: 0;
  padding: 0 6px;
  overflow: hidden auto;
  /* What one looks at is kept in its place by the list itself. */
  overflow-anchor: none;
  scrollbar-gutter: stable;
}

.fluxlab-gallery .fg-canvas {
  position: relative;
  contain: layout;
}

.fluxlab-gallery .fg-row {
  position: absolute;
  left: 0;
  width: 100%;
}

.fluxlab-gallery .fg-heading {
  display: flex;
  gap: 6px;
  align-items: center;
  justify-content: space-between;
  overflow: hidden;
  white-space: nowrap;
}

.fluxlab-gallery .fg-group {
  overflow: hidden;
  font-weight: bold;
  text-overflow: ellipsis;
}

.fluxlab-gallery .fg-group .fg-count {
  margin-inline-start: 6px;
  font-weight: normal;
}

.fluxlab-gallery .fg-open {
  flex: none;
  padding: 0 6px;
}

.fluxlab-gallery .fg-tile {
  position: absolute;
  top: 0;
  left: calc(var(--fg-column) * var(--fg-step));
  width: var(--fg-side);
  height: var(--fg-side);
  overflow: hidden;
  border: 1px solid var(--fl-line);
  background: var(--fl-raised);
  contain: strict;
  cursor: default;
  user-select: none;
}

.fluxlab-gallery .fg-tile > img {
  display: block;
  width: 100%;
  height: 100%;
  object-fit: contain;
}

.fluxlab-gallery .fg-tile:focus {
  outline: 3px solid var(--fl-brand);
  outline-offset: -3px;
}

.fluxlab-gallery .fg-tile[aria-selected="true"] {
  border: 4px double var(--fl-ink);
}

.fluxlab-gallery .fg-chosen {
  position: absolute;
  right: 2px;
  bottom: 2px;
  display: none;
  width: 18px;
  height: 18px;
  border-radius: 9px;
  background: var(--fl-ink);
  color: var(--fl-paper);
  font-size: 12px;
  line-height: 18px;
  text-align: center;
}

.fluxlab-gallery .fg-tile[aria-selected="true"] .fg-chosen {
  display: block;
}

.fluxlab-gallery .fg-tile[data-empty] {
  border-style: dashed;
}

.fluxlab-gallery .fg-tile[data-status="started"] {
  border: 2px solid var(--fl-brand);
}

.fluxlab-gallery .fg-tile:is([data-status="failed"], [data-status="crashed"]) {
  border: 2px solid var(--fl-bad);
}

.fluxlab-gallery .fg-tile[data-status="interrupted"] {
  border: 2px dotted var(--fl-warn);
}

.fluxlab-gallery .fg-tile[data-rejected] > img {
  opacity: 0.3;
}

.fluxlab-gallery .fg-tile[data-rejected]::before {
  position: absolute;
  z-index: 1;
  inset: 0;
  background: linear-gradient(
    to top right,
    transparent calc(50% - 1px),
    var(--fl-ink) calc(50% - 1px) calc(50% + 1px),
    transparent calc(50% + 1px)
  );
  content: "";
  pointer-events: none;
}

.fluxlab-gallery .fg-signs {
  position: absolute;
  z-index: 2;
  top: 2px;
  left: 2px;
  display: flex;
  flex-wrap: wrap;
  gap: 2px;
  max-width: calc(100% - 4px);
  pointer-events: none;
}

.fluxlab-gallery :is(.fg-sign, .fg-marks:not(:empty)) {
  max-width: 100%;
  padding: 0 3px;
  overflow: hidden;
  border: 1px solid var(--fl-line);
  border-radius: 3px;
  background: var(--fl-paper);
  color: var(--fl-ink);
  font-size: 11px;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.fluxlab-gallery .fg-list[data-small] .fg-word {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
}

.fluxlab-gallery .fg-marks {
  position: absolute;
  bottom: 2px;
  left: 2px;
  pointer-events: none;
}

.fluxlab-gallery .fg-message {
  position: absolute;
  inset: 24px 4px 22px;
  overflow: hidden;
  font-size: 11px;
  overflow-wrap: anywhere;
  pointer-events: none;
}

.fluxlab-gallery .fg-end {
  padding: 8px 0;
  color: var(--fl-faint);
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fg-empty {
  position: absolute;
  inset: 0;
  padding: 12px;
  overflow: auto;
  background: var(--fl-paper);
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fg-newest {
  position: absolute;
  z-index: 4;
  top: 6px;
  left: 50%;
  border-color: var(--fl-brand);
  border-radius: 12px;
  background: var(--fl-paper);
  box-shadow: 0 1px 4px rgb(0 0 0 / 40%);
  transform: translateX(-50%);
}

.fluxlab-gallery .fg-drop {
  position: absolute;
  z-index: 20;
  inset: 4px;
  display: grid;
  place-items: center;
  border: 3px dashed var(--fl-brand);
  background: color-mix(in srgb, var(--fl-paper) 85%, transparent);
  font-size: 120%;
  text-align: center;
  pointer-events: none;
}

/* What is selected, and the details of one image */

.fluxlab-gallery .fg-beside {
  display: flex;
  flex: none;
  flex-direction: column;
  max-height: 60%;
  min-height: 0;
  border-top: 1px solid var(--fl-line);
}

.fluxlab-gallery .fg-beside:not(:has(> :not([hidden]))) {
  display: none;
}

.fluxlab-gallery[data-wide] .fg-beside {
  width: min(40%, 460px);
  max-height: none;
  border-top: 0;
  border-inline-start: 1px solid var(--fl-line);
}

.fluxlab-gallery .fg-actions {
  display: flex;
  flex: none;
  flex-wrap: wrap;
  gap: 3px;
  align-items: center;
  padding: 4px 6px;
}

.fluxlab-gallery .fg-actions input {
  flex: 1 1 80px;
}

.fluxlab-gallery .fg-chosen-count {
  flex-basis: 100%;
  color: var(--fl-faint);
}

.fluxlab-gallery .fg-pane {
  flex: 1 1 auto;
  min-height: 0;
  padding: 0 6px 8px;
  overflow: auto;
}

.fluxlab-gallery .fg-details-head {
  position: sticky;
  z-index: 1;
  top: 0;
  display: flex;
  gap: 6px;
  align-items: start;
  justify-content: space-between;
  padding: 4px 0;
  background: var(--fl-paper);
}

.fluxlab-gallery .fg-details-head strong {
  max-height: 4.2em;
  overflow: auto;
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fg-details-head button {
  flex: none;
}

.fluxlab-gallery .fg-large {
  display: block;
  max-width: 100%;
  max-height: 50vh;
  margin: 0 auto 6px;
}

.fluxlab-gallery .fg-status {
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fl-editor {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
  margin-bottom: 6px;
}

.fluxlab-gallery .fl-editor :is(textarea, input) {
  flex: 1 1 160px;
}

.fluxlab-gallery .fl-stars button {
  padding: 2px 4px;
  border-color: transparent;
  background: transparent;
  box-shadow: none;
}

.fluxlab-gallery .fl-table {
  width: 100%;
  border-collapse: collapse;
}

.fluxlab-gallery .fl-table :is(th, td) {
  padding: 2px 4px;
  border-bottom: 1px solid var(--fl-line);
  font-weight: normal;
  text-align: start;
  vertical-align: top;
  overflow-wrap: anywhere;
}

.fluxlab-gallery .fl-table th {
  min-width: 72px;
  color: var(--fl-faint);
}

.fluxlab-gallery .fl-differs th {
  color: var(--fl-ink);
  font-weight: bold;
}

.fluxlab-gallery .fl-long {
  max-height: 12em;
  overflow: auto;
  white-space: pre-wrap;
}

.fluxlab-gallery :is(.fl-base, .fl-facts, .fl-said) {
  color: var(--fl-faint);
  overflow-wrap: anywhere;
}

/* Colours of the person's own choosing: what is chosen and where the focus is must show in them. */
@media (forced-colors: active) {
  .fluxlab-gallery .fg-tile[aria-selected="true"] {
    border-color: Highlight;
  }

  .fluxlab-gallery .fg-chosen {
    background: Highlight;
    color: HighlightText;
    forced-color-adjust: none;
  }

  .fluxlab-gallery .fg-tile[data-rejected]::before {
    background: linear-gradient(
      to top right,
      transparent calc(50% - 1px),
      CanvasText calc(50% - 1px) calc(50% + 1px),
      transparent calc(50% + 1px)
    );
    forced-color-adjust: none;
  }

  .fluxlab-gallery button[aria-disabled="true"] {
    border-color: GrayText;
    color: GrayText;
    opacity: 1;
  }

  .fluxlab-gallery :is(button[aria-pressed="true"], .fg-options li[aria-selected="true"]) {
    outline: 2px solid Highlight;
    outline-offset: -2px;
  }
}

@media (prefers-reduced-motion: reduce) {
  .fluxlab-gallery * {
    scroll-behavior: auto !important;
    transition: none !important;
  }
}
`,""]),l.d(e,{},{A:o})},25(a,e,l){var r=l(23),i=l.n(r),t=l(24),o=(l.n(t))()(i());o.push([a.id,`/* Everything is under one class, since the style of a widget is the style of the page. */

.fluxlab-image-grid {
  --fl-paper: var(--jp-layout-color1, var(--vscode-editor-background, #fff));
  --fl-raised: var(--jp-layout-color2, var(--vscode-editorWidget-background, #f3f3f3));
  --fl-ink: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #212121));
  --fl-faint: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #595959));
  --fl-line: var(--jp-border-color1, var(--vscode-panel-border, #bdbdbd));
  --fl-brand: var(--jp-brand-color1, var(--vscode-focusBorder, #1976d2));
  --fl-bad: var(--jp-error-color1, var(--vscode-errorForeground, #d32f2f));
  --fl-warn: var(--jp-warn-color1, var(--vscode-editorWarning-foreground, #b26a00));

  box-sizing: border-box;
  padding: 8px;
  border: 1px solid var(--fl-line);
  background: var(--fl-paper);
  color: var(--fl-ink);
  font-family: var(--jp-ui-font-family, var(--vscode-font-family, system-ui, sans-serif));
  font-size: var(--jp-ui-font-size1, 13px);
  line-height: 1.4;
}

.fluxlab-image-grid *,
.fluxlab-image-grid *::before {
  box-sizing: border-box;
}

.fluxlab-image-grid [hidden] {
  display: none !important;
}

.fluxlab-image-grid .fl-hidden {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.fluxlab-image-grid :focus-visible {
  outline: 3px solid var(--fl-brand);
  outline-offset: -1px;
}

.fluxlab-image-grid :is(button, select, textarea, input[type="text"]) {
  padding: 2px 8px;
  border: 1px solid var(--fl-line);
  border-radius: 3px;
  background: var(--fl-raised);
  color: inherit;
  font: inherit;
}

.fluxlab-image-grid button {
  cursor: pointer;
}

.fluxlab-image-grid button:hover {
  border-color: var(--fl-brand);
}

.fluxlab-image-grid button[aria-pressed="true"] {
  border-color: var(--fl-brand);
  box-shadow: inset 0 -3px 0 var(--fl-brand);
  font-weight: bold;
}

.fluxlab-image-grid input[type="range"] {
  width: 120px;
  accent-color: var(--fl-brand);
}

.fluxlab-image-grid pre {
  max-height: 320px;
  margin: 4px 0;
  padding: 6px;
  overflow: auto;
  background: var(--fl-raised);
  color: inherit;
  font-family: var(--jp-code-font-family, var(--vscode-editor-font-family, monospace));
  font-size: var(--jp-code-font-size, 12px);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

/* Heading, toolbar, progress, notices */

.fluxlab-image-grid :is(.fl-heading, .fl-toolbar, .fl-progress, .fl-compare-bar) {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 12px;
  align-items: center;
  margin-bottom: 6px;
}

.fluxlab-image-grid :is(.fl-title, .fl-summary) {
  overflow-wrap: anywhere;
}

.fluxlab-image-grid :is(.fl-summary, .fl-name, .fl-fixed dt, .fl-progress-more, .fl-said) {
  color: var(--fl-faint);
}

.fluxlab-image-grid .fl-fixed {
  display: flex;
  flex-basis: 100%;
  flex-wrap: wrap;
  gap: 0 14px;
  margin: 0;
}

.fluxlab-image-grid .fl-fixed > div {
  display: flex;
  gap: 4px;
  min-width: 0;
}

/* JupyterLab gives terms a fifth of the line. */
.fluxlab-image-grid .fl-fixed :is(dt, dd) {
  float: none;
  width: auto;
  margin: 0;
  overflow-wrap: anywhere;
}

.fluxlab-image-grid .fl-python[open] {
  flex-basis: 100%;
}

.fluxlab-image-grid :is(.fl-tabs, .fl-slider, .fl-zoom) {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
  align-items: center;
}

.fluxlab-image-grid .fl-zoom button:nth-child(2) {
  min-width: 64px;
}

.fluxlab-image-grid .fl-end {
  margin-inline-start: auto;
}

.fluxlab-image-grid .fl-bar {
  flex: 1 0 120px;
  height: 10px;
  border: 1px solid var(--fl-line);
  background: var(--fl-raised);
}

.fluxlab-image-grid .fl-filled {
  width: 0;
  height: 100%;
  background: var(--fl-brand);
  transition: width 0.2s;
}

.fluxlab-image-grid .fl-progress[data-state="failed"] .fl-filled {
  background: var(--fl-bad);
}

.fluxlab-image-grid .fl-progress:is([data-state="gone"], [data-state="paused"], [data-state="stopped"]) .fl-filled {
  background: repeating-linear-gradient(45deg, var(--fl-faint) 0 4px, transparent 4px 8px);
}

.fluxlab-image-grid :is(.fl-banner, .fl-notice, .fl-warning, .fl-failure[data-failed]) {
  margin-bottom: 6px;
  padding: 4px 8px;
  border-inline-start: 4px solid var(--fl-line);
  background: var(--fl-raised);
  overflow-wrap: anywhere;
}

.fluxlab-image-grid :is(.fl-banner, .fl-warning) {
  border-color: var(--fl-warn);
}

.fluxlab-image-grid .fl-failure[data-failed] {
  border-color: var(--fl-bad);
}

.fluxlab-image-grid .fl-notice[data-level="error"] {
  border-color: var(--fl-bad);
}

.fluxlab-image-grid :is(.fl-notice, .fl-failure) button {
  margin-inline-start: 8px;
}

/* The table of cells */

.fluxlab-image-grid .fl-stage {
  position: relative;
}

.fluxlab-image-grid .fl-matrix {
  position: relative;
  max-height: min(75vh, 1000px);
  overflow: auto;
  overscroll-behavior: auto;
}

.fluxlab-image-grid .fl-canvas {
  position: relative;
}

.fluxlab-image-grid .fl-head {
  position: sticky;
  z-index: 2;
  top: 0;
  height: var(--fl-head);
  background: var(--fl-paper);
}

.fluxlab-image-grid :is(.fl-corner, .fl-column, .fl-side) {
  display: -webkit-box;
  padding: 1px 4px;
  overflow: hidden;
  line-height: 20px;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 2;
  line-clamp: 2;
  overflow-wrap: anywhere;
  background: var(--fl-paper);
}

.fluxlab-image-grid .fl-corner {
  position: sticky;
  z-index: 1;
  left: 0;
  width: var(--fl-side);
  height: var(--fl-head);
  color: var(--fl-faint);
  white-space: pre-wrap;
}

.fluxlab-image-grid .fl-column {
  position: absolute;
  top: 0;
  left: calc(var(--fl-side) + var(--fl-column) * var(--fl-cell-width));
  width: var(--fl-cell-width);
  max-height: var(--fl-head);
}

.fluxlab-image-grid .fl-row {
  position: absolute;
  top: calc(var(--fl-head) + var(--fl-row) * var(--fl-cell-height));
  left: 0;
  width: 100%;
  height: var(--fl-cell-height);
}

.fluxlab-image-grid .fl-side {
  position: sticky;
  z-index: 1;
  left: 0;
  width: var(--fl-side);
  max-height: 100%;
  -webkit-line-clamp: 6;
  line-clamp: 6;
}

.fluxlab-image-grid .fl-cell {
  position: absolute;
  top: 0;
  left: calc(var(--fl-side) + var(--fl-column) * var(--fl-cell-width));
  width: calc(var(--fl-cell-width) - 2px);
  height: calc(var(--fl-cell-height) - 2px);
  padding: 2px;
  border: 1px solid transparent;
  contain: strict;
  cursor: default;
}

.fluxlab-image-grid .fl-cell:focus {
  border-color: var(--fl-brand);
  outline: 3px solid var(--fl-brand);
  outline-offset: -3px;
}

.fluxlab-image-grid .fl-frame {
  position: relative;
  width: var(--fl-frame-width);
  height: var(--fl-frame-height);
  overflow: hidden;
  background: var(--fl-raised);
  touch-action: pan-x pan-y;
}

.fluxlab-image-grid [data-zoomed] .fl-frame {
  cursor: grab;
  touch-action: none;
}

.fluxlab-image-grid .fl-frame :is(img, canvas) {
  display: block;
  width: 100%;
  height: 100%;
  object-fit: contain;
  transform: translate(var(--fl-x, 0), var(--fl-y, 0)) scale(var(--fl-scale, 1));
  transform-origin: 0 0;
}

.fluxlab-image-grid .fl-signs {
  position: absolute;
  z-index: 2;
  top: 4px;
  left: 4px;
  display: flex;
  flex-wrap: wrap;
  gap: 2px;
  max-width: calc(100% - 8px);
  pointer-events: none;
}

.fluxlab-image-grid :is(.fl-sign, .fl-marks:not(:empty)) {
  padding: 0 4px;
  border: 1px solid var(--fl-line);
  border-radius: 3px;
  background: var(--fl-paper);
  color: var(--fl-ink);
  font-size: 11px;
}

.fluxlab-image-grid .fl-marks {
  position: absolute;
  top: calc(var(--fl-frame-height) - 20px);
  right: 6px;
  pointer-events: none;
}

.fluxlab-image-grid .fl-message {
  position: absolute;
  top: 26px;
  left: 4px;
  width: calc(var(--fl-frame-width) - 6px);
  max-height: calc(var(--fl-frame-height) - 48px);
  overflow: hidden;
  overflow-wrap: anywhere;
  font-size: 11px;
  pointer-events: none;
}

.fluxlab-image-grid .fl-label {
  height: 34px;
  overflow: hidden;
  overflow-wrap: anywhere;
  font-size: 11px;
}

.fluxlab-image-grid .fl-cell:is([data-status="waiting"], [data-status="queued"], [data-status="missing"]) .fl-frame {
  border: 1px dashed var(--fl-line);
}

.fluxlab-image-grid:not([data-gone]) .fl-cell[data-status="running"] .fl-frame {
  border: 2px solid var(--fl-brand);
}

.fluxlab-image-grid .fl-cell:is([data-status="failed"], [data-status="crashed"]) .fl-frame {
  border: 2px solid var(--fl-bad);
}

.fluxlab-image-grid .fl-cell[data-status="interrupted"] .fl-frame {
  border: 2px dotted var(--fl-warn);
}

.fluxlab-image-grid .fl-cell[data-dead] .fl-frame {
  border: 2px dashed var(--fl-warn);
}

.fluxlab-image-grid .fl-cell[data-rejected] .fl-frame img {
  opacity: 0.3;
}

.fluxlab-image-grid .fl-cell[data-rejected] .fl-frame::before {
  position: absolute;
  z-index: 1;
  inset: 0;
  background: linear-gradient(
    to top right,
    transparent calc(50% - 1px),
    var(--fl-ink) calc(50% - 1px) calc(50% + 1px),
    transparent calc(50% + 1px)
  );
  content: "";
  pointer-events: none;
}

.fluxlab-image-grid .fl-cell[data-marked] {
  border-color: var(--fl-ink);
  border-style: double;
  border-width: 3px;
  padding: 0;
}

@media (prefers-reduced-motion: reduce) {
  .fluxlab-image-grid * {
    scroll-behavior: auto !important;
    transition: none !important;
  }
}

/* What lies over the grid */

.fluxlab-image-grid .fl-stage:has(> .fl-sheet:not([hidden])) {
  min-height: min(70vh, 640px);
}

.fluxlab-image-grid .fl-sheet {
  position: absolute;
  z-index: 5;
  inset: 0;
  display: flex;
  flex-direction: column;
  border: 1px solid var(--fl-line);
  background: var(--fl-paper);
}

.fluxlab-image-grid .fl-sheet-head {
  display: flex;
  gap: 12px;
  align-items: start;
  justify-content: space-between;
  padding: 6px 8px;
  border-bottom: 1px solid var(--fl-line);
}

.fluxlab-image-grid .fl-sheet-head strong {
  max-height: 4.2em;
  overflow: auto;
  overflow-wrap: anywhere;
}

.fluxlab-image-grid .fl-sheet-head button {
  flex: none;
}

.fluxlab-image-grid .fl-sheet-body {
  container-type: inline-size;
  flex: 1;
  min-height: 0;
  padding: 8px;
  overflow: auto;
}

.fluxlab-image-grid .fl-lightbox {
  display: grid;
  grid-template-columns: minmax(0, 3fr) minmax(260px, 2fr);
  gap: 12px;
  height: 100%;
}

.fluxlab-image-grid .fl-large {
  width: 100%;
  height: 100%;
  min-height: 0;
}

@container (max-width: 560px) {
  .fluxlab-image-grid .fl-lightbox {
    grid-template-columns: minmax(0, 1fr);
    height: auto;
  }

  .fluxlab-image-grid .fl-large {
    height: 320px;
  }
}

.fluxlab-image-grid .fl-beside-image {
  min-height: 0;
  overflow: auto;
}

.fluxlab-image-grid .fl-status {
  overflow-wrap: anywhere;
}

.fluxlab-image-grid .fl-editor {
  display: flex;
  flex-wrap: wrap;
  gap: 6px;
  margin-bottom: 8px;
}

.fluxlab-image-grid .fl-editor :is(textarea, input) {
  flex: 1 1 180px;
}

.fluxlab-image-grid .fl-stars button {
  padding: 2px 4px;
  border-color: transparent;
  background: transparent;
}

.fluxlab-image-grid .fl-stars button[aria-pressed="true"] {
  box-shadow: none;
}

.fluxlab-image-grid .fl-table {
  width: 100%;
  border-collapse: collapse;
}

.fluxlab-image-grid .fl-table :is(th, td) {
  padding: 2px 6px;
  border-bottom: 1px solid var(--fl-line);
  font-weight: normal;
  text-align: start;
  vertical-align: top;
  overflow-wrap: anywhere;
}

.fluxlab-image-grid .fl-table th {
  min-width: 90px;
  color: var(--fl-faint);
}

.fluxlab-image-grid .fl-differs th {
  color: var(--fl-ink);
  font-weight: bold;
}

.fluxlab-image-grid .fl-long {
  max-height: 12em;
  overflow: auto;
  white-space: pre-wrap;
}

.fluxlab-image-grid .fl-base {
  max-height: 4.2em;
  overflow: auto;
  color: var(--fl-faint);
}

.fluxlab-image-grid .fl-facts {
  color: var(--fl-faint);
  overflow-wrap: anywhere;
}

.fluxlab-image-grid .fl-beside {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(240px, 1fr));
  gap: 8px;
}

.fluxlab-image-grid .fl-compare figure {
  min-width: 0;
  margin: 0;
}

.fluxlab-image-grid .fl-compare figcaption {
  max-height: 4.2em;
  overflow: auto;
  overflow-wrap: anywhere;
}

.fluxlab-image-grid .fl-compare .fl-frame {
  width: 100%;
  height: min(52vh, 460px);
}

.fluxlab-image-grid .fl-stack {
  position: relative;
  max-width: min(52vh, 460px);
  margin: 6px auto;
}

.fluxlab-image-grid .fl-compare .fl-over {
  position: absolute;
  inset: 0;
}
`,""]),l.d(e,{},{A:o})},22(a,e,l){var r=l(23),i=l.n(r),t=l(24),o=l.n(t),n=l(25),f=l(26),d=l(27),s=o()(i());s.i(n.A),s.i(f.A),s.i(d.A),s.push([a.id,`
`,""]),l.d(e,{},{A:s})},27(a,e,l){var r=l(23),i=l.n(r),t=l(24),o=(l.n(t))()(i());o.push([a.id,`.fl-lab-gallery,
.fl-lab-tab {
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  overflow: hidden;
}

.fl-lab-gallery {
  min-width: 220px;
}

.fl-lab-gallery > .fluxlab-gallery {
  height: 100%;
}

.fl-lab-tab {
  overflow: auto;
  padding: 8px;
}

.fl-lab-tab .fluxlab-image-grid {
  border: none;
  margin: 0;
}

.fl-back {
  margin-bottom: 8px;
}

.fl-back button {
  padding: 2px 6px;
  border: 1px solid var(--jp-border-color1);
  border-radius: 3px;
  background: var(--jp-layout-color2);
  color: inherit;
  font: inherit;
  cursor: pointer;
}

/* A sweep fills its tab, and scrolls by itself. */
.fl-lab-tab > .fl-sweep-tab,
.fl-lab-tab > .fl-sweep-tab > .fluxlab-image-grid {
  display: flex;
  flex-direction: column;
}

.fl-lab-tab > .fl-sweep-tab {
  height: 100%;
  outline: none;
}

.fl-lab-tab > .fl-sweep-tab > .fluxlab-image-grid {
  flex: 1 0 auto;
}

.fl-lab-tab .fl-sweep-tab .fl-stage {
  flex: 1 0 280px;
}

.fl-lab-tab .fl-sweep-tab .fl-matrix {
  position: absolute;
  inset: 0;
  max-height: none;
}

.fl-axes {
  display: flex;
  flex-wrap: wrap;
  gap: 12px;
  margin-bottom: 8px;
}

.fl-axes[hidden] {
  display: none;
}

.jp-Notebook .fl-drop-before {
  box-shadow: 0 -3px 0 var(--jp-brand-color1);
}

.jp-Notebook .fl-drop-after {
  box-shadow: 0 3px 0 var(--jp-brand-color1);
}
`,""]),l.d(e,{},{A:o})},24(a){a.exports=function(a){var e=[];return e.toString=function(){return this.map(function(e){var l="",r=void 0!==e[5];return e[4]&&(l+="@supports (".concat(e[4],") {")),e[2]&&(l+="@media ".concat(e[2]," {")),r&&(l+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),l+=a(e),r&&(l+="}"),e[2]&&(l+="}"),e[4]&&(l+="}"),l}).join("")},e.i=function(a,l,r,i,t){"string"==typeof a&&(a=[[null,a,void 0]]);var o={};if(r)for(var n=0;n<this.length;n++){var f=this[n][0];null!=f&&(o[f]=!0)}for(var d=0;d<a.length;d++){var s=[].concat(a[d]);r&&o[s[0]]||(void 0!==t&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=t),l&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=l),i&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=i):s[4]="".concat(i)),e.push(s))}},e}},23(a){a.exports=function(a){return a[1]}},16(a){var e=[];function l(a){for(var l=-1,r=0;r<e.length;r++)if(e[r].identifier===a){l=r;break}return l}function r(a,r){for(var i={},t=[],o=0;o<a.length;o++){var n=a[o],f=r.base?n[0]+r.base:n[0],d=i[f]||0,s="".concat(f," ").concat(d);i[f]=d+1;var p=l(s),g={css:n[1],media:n[2],sourceMap:n[3],supports:n[4],layer:n[5]};if(-1!==p)e[p].references++,e[p].updater(g);else{var x=function(a,e){var l=e.domAPI(e);return l.update(a),function(e){e?(e.css!==a.css||e.media!==a.media||e.sourceMap!==a.sourceMap||e.supports!==a.supports||e.layer!==a.layer)&&l.update(a=e):l.remove()}}(g,r);r.byIndex=o,e.splice(o,0,{identifier:s,updater:x,references:1})}t.push(s)}return t}a.exports=function(a,i){var t=r(a=a||[],i=i||{});return function(a){a=a||[];for(var o=0;o<t.length;o++){var n=l(t[o]);e[n].references--}for(var f=r(a,i),d=0;d<t.length;d++){var s=l(t[d]);0===e[s].references&&(e[s].updater(),e.splice(s,1))}t=f}}},18(a){var e={};a.exports=function(a,l){var r=function(a){if(void 0===e[a]){var l=document.querySelector(a);if(window.HTMLIFrameElement&&l instanceof window.HTMLIFrameElement)try{l=l.contentDocument.head}catch(a){l=null}e[a]=l}return e[a]}(a);if(!r)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");r.appendChild(l)}},20(a){a.exports=function(a){var e=document.createElement("style");return a.setAttributes(e,a.attributes),a.insert(e,a.options),e}},19(a,e,l){a.exports=function(a){var e=l.nc;e&&a.setAttribute("nonce",e)}},17(a){a.exports=function(a){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=a.insertStyleElement(a);return{update:function(l){var r,i,t;r="",l.supports&&(r+="@supports (".concat(l.supports,") {")),l.media&&(r+="@media ".concat(l.media," {")),(i=void 0!==l.layer)&&(r+="@layer".concat(l.layer.length>0?" ".concat(l.layer):""," {")),r+=l.css,i&&(r+="}"),l.media&&(r+="}"),l.supports&&(r+="}"),(t=l.sourceMap)&&"u">typeof btoa&&(r+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(t))))," */")),a.styleTagTransform(r,e,a.options)},remove:function(){var a;null===(a=e).parentNode||a.parentNode.removeChild(a)}}}},21(a){a.exports=function(a,e){if(e.styleSheet)e.styleSheet.cssText=a;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(a))}}}}]);
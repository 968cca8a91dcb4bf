"use strict";(self.rspackChunkfluxlab=self.rspackChunkfluxlab||[]).push([[179],{15(a,e,r){var l=r(16),i=r.n(l),t=r(17),o=r.n(t),n=r(18),f=r.n(n),d=r(19),s=r.n(d),p=r(20),g=r.n(p),u=r(21),c=r.n(u),x=r(22),b={};b.styleTagTransform=c(),b.setAttributes=s(),b.insert=f().bind(null,"head"),b.domAPI=o(),b.insertStyleElement=g(),i()(x.A,b),x.A&&x.A.locals&&x.A.locals},25(a,e,r){var l=r(23),i=r.n(l),t=r(24),o=(r.n(t))()(i());o.push([a.id,`/* Everything is under one class, since the style of a widget is the style of the page. */

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
  display: none;
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

.fluxlab-image-grid :is(.fl-progress, .fl-compare-bar)[hidden] {
  display: none;
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

.fluxlab-image-grid :is(.fl-banner, .fl-notice, .fl-warning) {
  margin-bottom: 6px;
  padding: 4px 8px;
  border-inline-start: 4px solid var(--fl-line);
  background: var(--fl-raised);
  overflow-wrap: anywhere;
}

.fluxlab-image-grid :is(.fl-banner, .fl-warning) {
  border-color: var(--fl-warn);
}

.fluxlab-image-grid .fl-notice[data-level="error"] {
  border-color: var(--fl-bad);
}

.fluxlab-image-grid .fl-notice button {
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

.fluxlab-image-grid .fl-frame img[hidden] {
  display: none;
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

.fluxlab-image-grid .fl-sheet[hidden] {
  display: none;
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
`,""]),r.d(e,{},{A:o})},22(a,e,r){var l=r(23),i=r.n(l),t=r(24),o=r.n(t),n=r(25),f=r(26),d=o()(i());d.i(n.A),d.i(f.A),d.push([a.id,`
`,""]),r.d(e,{},{A:d})},26(a,e,r){var l=r(23),i=r.n(l),t=r(24),o=(r.n(t))()(i());o.push([a.id,`.fl-lab-gallery,
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
`,""]),r.d(e,{},{A:o})},24(a){a.exports=function(a){var e=[];return e.toString=function(){return this.map(function(e){var r="",l=void 0!==e[5];return e[4]&&(r+="@supports (".concat(e[4],") {")),e[2]&&(r+="@media ".concat(e[2]," {")),l&&(r+="@layer".concat(e[5].length>0?" ".concat(e[5]):""," {")),r+=a(e),l&&(r+="}"),e[2]&&(r+="}"),e[4]&&(r+="}"),r}).join("")},e.i=function(a,r,l,i,t){"string"==typeof a&&(a=[[null,a,void 0]]);var o={};if(l)for(var n=0;n<this.length;n++){var f=this[n][0];null!=f&&(o[f]=!0)}for(var d=0;d<a.length;d++){var s=[].concat(a[d]);l&&o[s[0]]||(void 0!==t&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=t),r&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=r),i&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=i):s[4]="".concat(i)),e.push(s))}},e}},23(a){a.exports=function(a){return a[1]}},16(a){var e=[];function r(a){for(var r=-1,l=0;l<e.length;l++)if(e[l].identifier===a){r=l;break}return r}function l(a,l){for(var i={},t=[],o=0;o<a.length;o++){var n=a[o],f=l.base?n[0]+l.base:n[0],d=i[f]||0,s="".concat(f," ").concat(d);i[f]=d+1;var p=r(s),g={css:n[1],media:n[2],sourceMap:n[3],supports:n[4],layer:n[5]};if(-1!==p)e[p].references++,e[p].updater(g);else{var u=function(a,e){var r=e.domAPI(e);return r.update(a),function(e){e?(e.css!==a.css||e.media!==a.media||e.sourceMap!==a.sourceMap||e.supports!==a.supports||e.layer!==a.layer)&&r.update(a=e):r.remove()}}(g,l);l.byIndex=o,e.splice(o,0,{identifier:s,updater:u,references:1})}t.push(s)}return t}a.exports=function(a,i){var t=l(a=a||[],i=i||{});return function(a){a=a||[];for(var o=0;o<t.length;o++){var n=r(t[o]);e[n].references--}for(var f=l(a,i),d=0;d<t.length;d++){var s=r(t[d]);0===e[s].references&&(e[s].updater(),e.splice(s,1))}t=f}}},18(a){var e={};a.exports=function(a,r){var l=function(a){if(void 0===e[a]){var r=document.querySelector(a);if(window.HTMLIFrameElement&&r instanceof window.HTMLIFrameElement)try{r=r.contentDocument.head}catch(a){r=null}e[a]=r}return e[a]}(a);if(!l)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");l.appendChild(r)}},20(a){a.exports=function(a){var e=document.createElement("style");return a.setAttributes(e,a.attributes),a.insert(e,a.options),e}},19(a,e,r){a.exports=function(a){var e=r.nc;e&&a.setAttribute("nonce",e)}},17(a){a.exports=function(a){if("u"<typeof document)return{update:function(){},remove:function(){}};var e=a.insertStyleElement(a);return{update:function(r){var l,i,t;l="",r.supports&&(l+="@supports (".concat(r.supports,") {")),r.media&&(l+="@media ".concat(r.media," {")),(i=void 0!==r.layer)&&(l+="@layer".concat(r.layer.length>0?" ".concat(r.layer):""," {")),l+=r.css,i&&(l+="}"),r.media&&(l+="}"),r.supports&&(l+="}"),(t=r.sourceMap)&&"u">typeof btoa&&(l+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(t))))," */")),a.styleTagTransform(l,e,a.options)},remove:function(){var a;null===(a=e).parentNode||a.parentNode.removeChild(a)}}}},21(a){a.exports=function(a,e){if(e.styleSheet)e.styleSheet.cssText=a;else{for(;e.firstChild;)e.removeChild(e.firstChild);e.appendChild(document.createTextNode(a))}}}}]);
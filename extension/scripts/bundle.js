// Builds fluxlab/panels/static from the sources; with --check it fails where the committed files are not what these give.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "..");
const target = join(root, "..", "fluxlab", "panels", "static");

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: { "grid.js": "src/grid/widget.ts", "grid.css": "style/grid.css" },
  entryNames: "[name]",
  outdir: target,
  bundle: true,
  charset: "utf8",
  format: "esm",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  write: false,
});

const stale = [];
for (const file of outputFiles) {
  // An entry point named grid.js gives grid.js.js.
  const path = file.path.replace(/\.(js|css)\.\1$/, ".$1");
  if (process.argv.includes("--check")) {
    const committed = await readFile(path, "utf8").catch(() => null);
    if (committed !== file.text) stale.push(path);
  } else {
    await mkdir(target, { recursive: true });
    await writeFile(path, file.text);
  }
}
if (stale.length > 0) {
  console.error(
    `Not what the sources give: ${stale.join(", ")}. Run "jlpm build" in extension/ and commit the result.`,
  );
  process.exitCode = 1;
}

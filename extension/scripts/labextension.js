// Builds fluxlab/labextension from the sources; with --check it fails where the committed files are not what these give.
// Both build in the same folder, below this one: names of files and numbers of modules come from their paths.
import { execFileSync } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "..", "fluxlab", "labextension");
const stage = join(root, ".stage");
const staged = join(stage, "extension");
const built = join(stage, "fluxlab", "labextension"); // "outputDir" of package.json, seen from there

const modules = (...path) => join(root, "node_modules", ...path);
const run = (program, ...options) =>
  execFileSync(process.execPath, [program, ...options], { cwd: root, stdio: "inherit" });

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return new Map(files.map((file, i) => [file.slice(folder.length + 1), texts[i]]));
}

await rm(stage, { recursive: true, force: true });
await mkdir(staged, { recursive: true });
for (const name of ["package.json", "rspack.config.cjs", "schema", "style"])
  await cp(join(root, name), join(staged, name), { recursive: true });
run(modules("typescript", "bin", "tsc"), "-p", "tsconfig.lab.json", "--outDir", join(staged, "lib"));
run(
  modules("@jupyter", "builder", "lib", "build-labextension.js"),
  "--core-package-file",
  modules("@jupyterlab", "core-meta", "core.package.json"),
  staged,
);

if (process.argv.includes("--check")) {
  const [committed, fresh] = await Promise.all([filesIn(target), filesIn(built)]);
  const stale = [...new Set([...committed.keys(), ...fresh.keys()])].filter(
    (name) => committed.get(name) !== fresh.get(name),
  );
  if (stale.length > 0) {
    console.error(
      `Not what the sources give: ${stale.join(", ")} in ${target}. Run "jlpm build" in extension/ and commit the result.`,
    );
    process.exitCode = 1;
  }
} else {
  await rm(target, { recursive: true, force: true });
  await cp(built, target, { recursive: true });
}
await rm(stage, { recursive: true, force: true });

import { gzipSync } from "node:zlib";
import { defineConfig } from "vitest/config";

const INITIAL_KB = 120;
const DICTIONARY = /\/i18n\/(en|ru)\.ts$/;

/** Fails the build when what a browser must load before the first screen outgrows its budget, gzipped. */
function budget() {
  return {
    name: "initial-javascript-budget",
    generateBundle(_options, bundle) {
      const initial = new Set();
      const follow = (name) => {
        const chunk = bundle[name];
        if (chunk?.type !== "chunk" || initial.has(name)) return;
        initial.add(name);
        chunk.imports.forEach(follow);
      };
      const size = (chunk) => gzipSync(chunk.code, { level: 9 }).length;
      const chunks = Object.values(bundle).filter((chunk) => chunk.type === "chunk");
      for (const chunk of chunks) if (chunk.isEntry) follow(chunk.fileName);
      // Nothing is shown without a dictionary: the larger of them counts too.
      const dictionaries = chunks.filter((chunk) => DICTIONARY.test(chunk.facadeModuleId ?? ""));
      if (dictionaries.length !== 2) this.error("the dictionaries are no longer where the budget looks for them");
      const bytes = Math.max(...dictionaries.map(size)) + [...initial].reduce((sum, name) => sum + size(bundle[name]), 0);
      const said = `${(bytes / 1000).toFixed(1)} kB of initial JavaScript, gzipped`;
      if (bytes > INITIAL_KB * 1000) this.error(`${said}: the budget is ${INITIAL_KB} kB`);
      this.info(said);
    },
  };
}

export default defineConfig({
  plugins: [budget()],
  oxc: { jsx: { runtime: "automatic" } },
  build: {
    outDir: "../build/web",
    emptyOutDir: true,
    target: "es2022",
    // The policy for content admits no inline code, and every browser of the target preloads modules itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      onLog(level, log, report) {
        // Marks for a server's renderer, which there is none of here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});

// node build.mjs OUT: bundle and copy the browser libraries of the portal, and the font of the reports, into OUT.
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const out = process.argv[2];
await mkdir(out, { recursive: true });
await build({
  entryPoints: ["charts.js"],
  outfile: join(out, "echarts.js"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
});
const copies = {
  "htmx.org/dist/htmx.min.js": "htmx.js",
  "@tabler/core/dist/css/tabler.min.css": "tabler.css",
  "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "NotoSansSC-Regular.ttf",
  "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": "NotoSansSC-Bold.ttf",
  "@expo-google-fonts/noto-sans-sc/LICENSE_FONT": "NotoSansSC-LICENSE.txt",
  "echarts/LICENSE": "echarts-LICENSE.txt",
  "echarts/NOTICE": "echarts-NOTICE.txt",
  "htmx.org/LICENSE": "htmx-LICENSE.txt",
};
for (const [from, to] of Object.entries(copies)) {
  await copyFile(join("node_modules", from), join(out, to));
}

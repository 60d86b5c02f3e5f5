// Bundle the page: node build.mjs <folder with node_modules> <folder for the bundle>
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [home, target] = process.argv.slice(2).map((path) => resolve(path));
const { build } = createRequire(join(home, 'package.json'))('esbuild');
const modules = join(home, 'node_modules');

await build({
  entryPoints: [join(dirname(fileURLToPath(import.meta.url)), 'src', 'page.jsx')],
  outdir: target,
  bundle: true,
  format: 'iife',
  minify: true,
  target: 'es2022',
  loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'empty', '.svg': 'text', '.png': 'dataurl' },
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'window' },
  alias: {
    'react-router-dom-v5-compat': 'react-router-dom',
    // Asks at run time whether @grafana/runtime has newer functions; as an ES module that does not link with 13.2.
    '@grafana/plugin-compat/datasources': join(modules, '@grafana/plugin-compat/dist/cjs/datasources.cjs'),
    '@grafana/runtime': join(modules, '@grafana/runtime/dist/esm/index.mjs'), // one copy for both kinds of import
  },
  nodePaths: [modules],
  logLevel: 'error',
});
cpSync(join(modules, '@grafana/ui/dist/public'), join(target, 'public/build'), { recursive: true }); // the icons

/**
 * Bundles the program for the image: `npm run bundle` writes dist/, which needs nothing but Node.js beside it.
 *
 *   dist/bin/main.js        the program; what only one command needs lies in files of its own, loaded when it is called
 *   dist/package.json       the version, where src/main.ts looks for it
 *   dist/LICENSE, dist/third-party.txt   our licence, and those of the packages that are in the bundle
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stdout } from 'node:process';

import { build } from 'esbuild';

const root = import.meta.dirname;
const dist = join(root, 'dist');
const LEGAL_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * Of the Kubernetes client only its configuration is used. The package does not say that its modules do nothing by themselves, so
 * without this its 700 KB of generated classes come along. They don't: its only module with an effect adds a `File` to old Node.js.
 */
const KUBERNETES_CLIENT = '@kubernetes/client-node';
const leanKubernetesClient = {
  name: 'lean-kubernetes-client',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\.|^@kubernetes\/client-node$/ }, async ({ path, pluginData, ...from }) => {
      const within = path === KUBERNETES_CLIENT || from.importer.includes(`node_modules/${KUBERNETES_CLIENT}/`);
      if (!within || pluginData === KUBERNETES_CLIENT) return undefined;
      const { kind, importer, resolveDir } = from;
      const resolved = await resolve(path, { kind, importer, resolveDir, pluginData: KUBERNETES_CLIENT });
      return { ...resolved, sideEffects: false };
    });
  },
};

/** Fonts are files beside the sources; in the bundle they lie in the one file that is loaded when the first document is made. */
const fontsWithin = {
  name: 'fonts-within',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]report[\\/]font-files\.ts$/ }, () => ({
      contents: `import regular from 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf';
        import bold from 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf';
        export const readFonts = () => Promise.resolve({ regular, bold });`,
      resolveDir: root,
    }));
  },
};

/** The folders of the packages of which something is in the bundle. */
function packageFolders({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const inBundle = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const folders = inBundle.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Licences that a package names in its licence file only. */
const FOUND_OUT = { 'png-js': 'MIT' };

/** What one package asks to be told: name, version, licence, and the words of its licence files. */
async function legalOf(folder) {
  const { name, version, license = FOUND_OUT[name] } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder} names no licence: find out before it is shipped`);
  const files = (await readdir(join(root, folder))).filter((file) => LEGAL_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
  return [`${name} ${version}: ${license}`, ...texts.map((text) => text.trim())].join('\n\n');
}

const { version, license, type, engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

// Names of files carry a hash: those of an earlier bundle would stay.
await rm(dist, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outdir: 'dist/bin',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  metafile: true,
  // Names stay: they are what a stack trace tells.
  minifyWhitespace: true,
  minifySyntax: true,
  // Packages that are CommonJS ask for Node's own modules by `require`, which an ES module does not have.
  banner: { js: `import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);` },
  // The demo runs our sources on parts that it fetches. src/main.ts offers it only where these sources are.
  external: ['*/cli/demo/index.ts'],
  loader: { '.ttf': 'binary' },
  plugins: [leanKubernetesClient, fontsWithin],
});
const legal = await Promise.all(packageFolders(metafile).map(legalOf));

await mkdir(dist, { recursive: true });
await cp(join(root, 'LICENSE'), join(dist, 'LICENSE'));
await writeFile(join(dist, 'third-party.txt'), `${legal.join(`\n\n${'='.repeat(80)}\n\n`)}\n`);
await writeFile(join(dist, 'package.json'), `${JSON.stringify({ version, license, type, engines }, null, 2)}\n`);

const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
stdout.write(`dist/: ${Object.keys(metafile.outputs).length} files, ${(bytes / 1e6).toFixed(1)} MB, ${legal.length} packages\n`);

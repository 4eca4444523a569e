import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Two weights of one typeface, as TrueType. */
export interface Fonts {
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
}

/** The fonts that documents are set in. In the bundle they lie within the program: esbuild.config.js puts another text in place of this file. */
export async function readFonts(): Promise<Fonts> {
  const { resolve } = createRequire(import.meta.url);
  const [regular, bold] = await Promise.all(
    ['DejaVuSans', 'DejaVuSans-Bold'].map((name) => readFile(resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))),
  );
  if (!regular || !bold) throw new RangeError('a font is missing');
  return { regular, bold };
}

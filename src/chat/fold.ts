/** A word as it is compared: small letters without accents, joiners and other invisible signs; wide and ornate letters are plain. */
export function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .replace(/ß/gu, 'ss')
    .replace(/[‘’‚`´]/gu, "'");
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue' };

/** How people type a phrase: folded, and with ae, oe, ue for the umlauts where no key has them. */
export function spellings(phrase: string): readonly string[] {
  const long = phrase.replace(/[äöü]/g, (letter) => UMLAUTS[letter] ?? letter);
  return long === phrase ? [fold(phrase)] : [fold(phrase), fold(long)];
}

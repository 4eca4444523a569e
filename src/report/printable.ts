/** Stands for a character that can not be shown on paper. */
export const NOT_SHOWN = '□';

// Written from right to left: a line of them would stand in the wrong order, which is worse than not at all.
const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}]/u;
// They only say how their neighbours are to look; without the neighbour nothing is lost.
const JOINERS = /\p{Variation_Selector}|[\u200b\u200c\u2060\ufeff\u00ad]|\u200d/gu;
const LINE_ENDS = /\r\n|[\r\v\f\u0085\u2028\u2029]/gu;
// Controls, directions, private and unassigned characters, surrogates without their other half.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/u;

/** A text as a font can show it: what it can not show stands as `□`, lines stay, and nothing can turn the order of what is read. */
export function printable(text: string, hasGlyph: (codePoint: number) => boolean): string {
  const lines = text.normalize('NFC').replace(LINE_ENDS, '\n').replaceAll('\t', '    ').replace(JOINERS, '');
  return Array.from(lines, (char) => (char === '\n' || isShowable(char, hasGlyph) ? char : NOT_SHOWN)).join('');
}

function isShowable(char: string, hasGlyph: (codePoint: number) => boolean): boolean {
  if (UNPRINTABLE.test(char) || RIGHT_TO_LEFT.test(char)) return false;
  return hasGlyph(char.codePointAt(0) ?? 0);
}

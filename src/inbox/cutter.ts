/** Cuts texts to their longest length, and knows afterwards whether one of them is not whole. */
export interface Cutter {
  /** The text without what no store and no JSON can hold, at most `length` long. */
  cut(text: string, length: number): string;
  hasCut(): boolean;
}

/** What falcosidekick ends a text in that it has cut. */
const CUT_BY_SENDER = '[...]';

/** Makes one for the texts of one alert. */
export function newCutter(): Cutter {
  let some = false;
  return {
    cut: (text, length) => {
      if (text.length > length || text.endsWith(CUT_BY_SENDER)) some = true;
      return text.slice(0, length).toWellFormed().replaceAll('\0', '\uFFFD');
    },
    hasCut: () => some,
  };
}

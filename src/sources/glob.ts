/**
 * Whether a text is what a pattern says: in a pattern `*` stands for any number of characters, `?` for one, and anything else for
 * itself. It takes at most as many steps as pattern and text have characters, multiplied, whatever somebody wrote there.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let at = 0;
  // Where the last star stands, and how much of the text it stands for so far.
  let star = -1;
  let starEnd = 0;
  for (let index = 0; index < given.length;) {
    if (wanted[at] === '*') {
      star = at;
      starEnd = index;
      at += 1;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      starEnd += 1;
      index = starEnd;
      at = star + 1;
    } else return false;
  }
  return wanted.slice(at).every((character) => character === '*');
}

/** Whether a text is what one of the patterns says; without patterns any text is, and no text too. */
export function matchesAny(patterns: readonly string[] | undefined, text: string | undefined): boolean {
  if (patterns === undefined) return true;
  return text !== undefined && patterns.some((pattern) => matchesGlob(pattern, text));
}

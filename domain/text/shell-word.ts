/** A word as a POSIX shell reads it back: commands that a page or a terminal offers to be pasted. */
export function shellWord(word: string): string {
  return /^[\w./:@~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

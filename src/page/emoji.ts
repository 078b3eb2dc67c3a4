/** Reactions that are offered, and what a screen reader calls them. */
export const offered: ReadonlyMap<string, string> = new Map([
  ['👍', 'Thumbs up'],
  ['❤️', 'Heart'],
  ['😂', 'Tears of joy'],
  ['🎉', 'Party popper'],
  ['😮', 'Surprised'],
  ['😢', 'Crying'],
]);

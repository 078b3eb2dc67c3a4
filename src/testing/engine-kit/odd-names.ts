/** Names that some store or language gives a meaning to. */
export const oddNames: readonly string[] = [
  ...'* > a.b a.* a:b : | / // , ; - {t} { @user @ % _ ? [a] \' " ` \\ ../a $0 #'.split(' '),
  ...'constructor __proto__ toString hasOwnProperty undefined null 0 1e3 -1 É E\u0301 é 💬'.split(' '),
  ...['', ' ', '  ', 'a b', '\0', 'a\0b', '\t', '\r\n', 'a\r\nb', '\u2028'],
];

/** Two pairs each that are the same as soon as somebody joins their halves by an odd name. */
export const oddPairs: readonly (readonly [string, string])[] = oddNames.flatMap((odd) => [
  [`a${odd}b`, 'c'],
  ['a', `b${odd}c`],
]);

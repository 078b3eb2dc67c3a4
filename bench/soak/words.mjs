// What is said.

export const words = 'apples are better than pears says who and why not both today in the garden naïve 🙂'.split(' ');

/** @param {import('./dice.mjs').Dice} dice */
export function wordsOf(dice) {
  return Array.from({ length: dice.between(3, 30) }, () => dice.of(words)).join(' ');
}

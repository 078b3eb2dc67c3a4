import { describe, expect, test } from 'vitest';
import { patched } from './plant.js';
import { plants } from './plants.js';

// That each is found takes a run of the nodes: npm run test:planted.
describe.each(plants)('the planted fault "$name"', (plant) => {
  test('can still be planted', () => {
    for (const { file, put } of plant.patches) expect(patched(plant, file)).toContain(put);
  });
});

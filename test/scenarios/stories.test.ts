import { readdirSync, readFileSync } from 'node:fs';

import { broken } from './chronicle.ts';
import { judgedByDomain } from './judged-by-domain.ts';
import { readStory } from './story.ts';

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.txt'));

describe.each(files)('%s', (file) => {
  const story = readStory(readFileSync(new URL(file, folder), 'utf8'));

  test.each(story.expectations)('%s', (sentence) => {
    expect(broken(sentence, judgedByDomain(story))).toBeUndefined();
  });
});

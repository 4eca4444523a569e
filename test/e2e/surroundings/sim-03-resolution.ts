import { dismissAll, incident } from './incidents.ts';
import type { SetUp } from './surroundings.ts';

const resolution = { cause: 'A full disk.', measures: 'Files were removed.', prevention: 'The disk is watched.' };
const resolved = { state: 'Resolved', resolution };

/** An incident that was resolved and acknowledged; then one that nobody resolves, and one whose resolution nobody reads. */
export const resolutions: SetUp = async (world) => {
  await dismissAll(world);
  await world.api.apply(incident('handled', { ...resolved, acknowledgements: [{ audience: 'authority', by: 'eve' }] }));
  return {
    sources: {},
    judge: 'operator',
    breakIt: () => world.api.apply(incident('unresolved'), incident('unread', resolved)),
  };
};

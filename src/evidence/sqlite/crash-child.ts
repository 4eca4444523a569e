import { systemClock } from '../../platform/clock.ts';
import { storeForEver } from '../../platform/crashing.ts';
import { observation, START, verdictChange } from '../examples.ts';

import { openSqliteStore } from './store.ts';

// The process that crash.test.ts kills.
const [path = '', from = '0'] = process.argv.slice(2);
const store = openSqliteStore({ path, clock: systemClock, commitDelayMs: 1 });

await storeForEver(Number(from), (number) => {
  const slot = START + number;
  return store.append([observation('web', slot), verdictChange('mail', slot), observation('web', slot, 'other')]);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../../platform/clock.ts';
import { openSqliteLook } from './look.ts';
import { openSqliteStore } from './store.ts';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'assay-look-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const started = (version: string) =>
  ({
    kind: 'OperatorStarted',
    namespace: 'system',
    service: 'assay',
    body: { version, judgingVersion: 1, leaderEpoch: 1 },
  }) as const;

test('what an operator at work has recorded is read, and it goes on as if nobody had looked', async () => {
  const path = join(dir, 'evidence.db');
  const store = openSqliteStore({ path, clock: systemClock });
  await store.append([started('1')]);
  const look = openSqliteLook(path);
  expect(await look.services()).toEqual([{ namespace: 'system', service: 'assay' }]);
  await store.append([started('2')]);
  const bodies: unknown[] = [];
  for await (const { body } of look.read({ namespace: 'system', service: 'assay' })) bodies.push(body);
  expect(bodies).toMatchObject([{ version: '1' }, { version: '2' }]);
  await look.close();
  await store.append([started('3')]);
  await store.close();
});

test('what is no evidence store is refused, and none is made', () => {
  expect(() => openSqliteLook(join(dir, 'none.db'))).toThrow(/there is no evidence store/);
  writeFileSync(join(dir, 'text.db'), 'a text that is long enough to be no database at all '.repeat(100));
  expect(() => openSqliteLook(join(dir, 'text.db'))).toThrow(/not an evidence store/);
  writeFileSync(join(dir, 'empty.db'), '');
  expect(() => openSqliteLook(join(dir, 'empty.db'))).toThrow(/not an evidence store/);
});

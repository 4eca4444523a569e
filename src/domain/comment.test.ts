import type { RecordBody } from '../api/records.ts';
import { commentKey, commentRecord, commentsOn } from './comment.ts';

const object = (fields: object = {}) => ({
  ...{ apiVersion: 'assay.dev/v1alpha1', kind: 'DeviationComment' },
  metadata: { name: 'why', namespace: 'shop', uid: 'u-1' },
  spec: { service: 'shop', criterion: 'up', kind: 'Cause' as const, text: 'A full disk.', author: 'ada', ...fields },
});
const comment = (at: number, fields: object = {}): RecordBody<'Commented'> => commentRecord(object(fields), at);

test('a comment is put on record with what it says', () => {
  expect(comment(7, { deviation: 'd-1' })).toEqual({
    ...{ comment: 'why', uid: 'u-1', at: 7, criterion: 'up', deviation: 'd-1' },
    ...{ about: 'Cause', text: 'A full disk.', author: 'ada' },
  });
  expect(comment(7)).not.toHaveProperty('deviation');
});

test('one of the same name that was made anew is another one', () => {
  expect(commentKey({ name: 'why', uid: 'u-1' })).not.toBe(commentKey({ name: 'why', uid: 'u-2' }));
});

test.each(
  Object.entries({
    'one that names the deviation, whenever it was made': { of: comment(500, { deviation: 'd-1' }), want: 1 },
    'one that names another deviation': { of: comment(150, { deviation: 'd-2' }), want: 0 },
    'one on the criterion while it was open': { of: comment(150), want: 1 },
    'one on the criterion before it': { of: comment(99), want: 0 },
    'one on the criterion after its end': { of: comment(200), want: 0 },
    'one on another criterion': { of: comment(150, { criterion: 'down', deviation: 'd-1' }), want: 0 },
  }),
)('%s', (_sentence, { of, want }) => {
  expect(commentsOn([of], { id: 'd-1', criterion: 'up', from: 100, to: 200 })).toHaveLength(want);
});

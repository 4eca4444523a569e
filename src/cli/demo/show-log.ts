import { timeText } from '../../domain/moment.ts';
import { readLog } from './evidence-log.ts';
import type { Scene } from './scene.ts';
import { clockTime } from './sight.ts';

/** Stops the operator, shows what its log holds of the story, and throws when something is missing there. */
export async function showLog(number: string, { world, telling }: Scene): Promise<void> {
  const { screen, io } = telling;
  const { operator, example } = world;
  const { metadata, spec } = example.criterion;
  const service = { namespace: metadata.namespace ?? 'default', service: spec.service };
  screen.heading(`${number}  What is on record`);
  await screen.waiting('stopping the operator, so that its log can be opened', operator.stop());
  const { counts, told, missing } = await readLog(operator.storePath, service, io.clock);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ');
  screen.paragraph(
    `Nothing is told that is not on record before. The log of the service ${service.namespace}/${service.service} holds ${total} records: ${kinds}. Who was told, and when:`,
  );
  screen.rows(
    told.map((notice) => [clockTime(timeText(notice.at)), notice.audience, notice.notice, notice.step ?? notice.message]),
  );
  if (missing.length > 0) throw new Error(`Not on record: ${missing.join('; ')}.`);
  screen.seen('Every step that was seen as an Event is on record.');
}

import type { OwnRecord } from '../../api/evidence-kinds.ts';
import type { LogRecord, RecordBody } from '../../api/records.ts';
import { itemsAfter, type OwnItem } from '../../domain/own-records.ts';
import type { EvidenceStore } from '../../evidence/index.ts';
import type { OwnRecords } from '../../sources/own-records.ts';
import { newLogBooks } from '../keeping/log-books.ts';

interface OwnBook {
  readonly items: Map<string, OwnItem>;
  /** Criteria that judge deviations: their own are no items, as one that is not resolved would keep itself from ending. */
  readonly judges: Set<string>;
}

/** What may be demanded of the records of a service, as its log has it when it is asked for. */
export function newOwnRecords(store: EvidenceStore): OwnRecords {
  const books = newLogBooks<OwnBook>(store, {
    kinds: [
      'CriterionChanged',
      'DeviationOpened',
      'DeviationClosed',
      'Notified',
      'Delivery',
      'IncidentChanged',
      'ChangeRecorded',
      'FindingChanged',
    ],
    begin: () => ({ items: new Map(), judges: new Set() }),
    take,
  });
  return { itemsOf: async (service) => (await books.of(service)).items.values() };
}

function take(book: OwnBook, record: LogRecord): OwnBook {
  const { items, judges } = book;
  if (record.kind === 'CriterionChanged') noteJudge(judges, record.body);
  const isOfJudge = 'criterion' in record.body && judges.has(record.body.criterion);
  for (const item of itemsAfter(record, (of, id) => items.get(keyOf(of, id)))) {
    const key = keyOf(item.of, item.id);
    // What began before its criterion judged deviations still comes to its end.
    if (!isOfJudge || items.has(key)) items.set(key, item);
  }
  return book;
}

function noteJudge(judges: Set<string>, { criterion, spec }: RecordBody<'CriterionChanged'>): void {
  if (spec.evidence.some(({ records }) => records?.of === 'Deviation')) judges.add(criterion);
  else judges.delete(criterion);
}

const keyOf = (of: OwnRecord, id: string): string => `${of}/${id}`;

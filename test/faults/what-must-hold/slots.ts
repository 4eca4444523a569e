import type { CriterionEvent } from '../../../src/domain/criterion.ts';
import { secondOffset } from '../../second-opinion/second-opinion.ts';

import { type CriterionLog, momentText } from './logs.ts';

// A slot that is being asked for when a suspension comes is given up.
const ASKED_LATE_MS = 5_000;

/** How far the slots of a criterion are accounted for, and on which grid they lie. */
interface Course {
  readonly intervalMs: number;
  /** Slots up to here have their fate, or never had to have one. */
  readonly doneUntil: number;
  readonly complaints: readonly string[];
}

/** Slots that have no fate on record, have two, or are none. */
export function slotComplaints({ id, namespace, service, events }: CriterionLog): string[] {
  const offsetOf = (intervalMs: number): number => secondOffset(`${namespace}/${service}`, intervalMs / 1000) * 1000;
  let course: Course = { intervalMs: 0, doneUntil: 0, complaints: [] };
  for (const event of events) course = follow(course, event, offsetOf);
  return course.complaints.map((complaint) => `${id}: ${complaint}`);
}

type OffsetOf = (intervalMs: number) => number;

function follow(course: Course, event: CriterionEvent, offsetOf: OffsetOf): Course {
  switch (event.kind) {
    case 'Created':
      return { ...course, intervalMs: event.rules.intervalMs, doneUntil: event.at - 1 };
    case 'Changed':
    case 'Recreated':
      return { ...course, intervalMs: event.rules.intervalMs };
    case 'Suspended':
      return complain(course, gapBefore(course, event.at - ASKED_LATE_MS, offsetOf));
    case 'Resumed':
      return { ...course, doneUntil: Math.max(course.doneUntil, event.at - 1) };
    case 'Slot':
      return take(course, { from: event.slot, to: event.slot }, offsetOf);
    case 'Missed':
      return take(course, event, offsetOf);
    case 'SourceChanged':
    case 'Deleted':
      return course;
  }
}

function take(course: Course, { from, to }: { from: number; to: number }, offsetOf: OffsetOf): Course {
  const { intervalMs, doneUntil } = course;
  const offGrid = [from, to].find((slot) => (slot - offsetOf(intervalMs)) % intervalMs !== 0);
  const wrong =
    offGrid !== undefined
      ? `${momentText(offGrid)} is on record and no slot of an interval of ${intervalMs} ms`
      : from <= doneUntil
        ? `the slot ${momentText(from)} is on record after ${momentText(doneUntil)}: twice, or out of order`
        : gapBefore(course, from, offsetOf);
  return { ...complain(course, wrong), doneUntil: Math.max(doneUntil, to) };
}

/** The slots before `until` of which nothing is on record. */
function gapBefore({ intervalMs, doneUntil }: Course, until: number, offsetOf: OffsetOf): string | undefined {
  const offset = offsetOf(intervalMs);
  const next = Math.ceil((doneUntil + 1 - offset) / intervalMs) * intervalMs + offset;
  const count = Math.ceil((until - next) / intervalMs);
  return count > 0 ? `nothing is on record of ${count} slots from ${momentText(next)} until ${momentText(until)}` : undefined;
}

const complain = (course: Course, complaint: string | undefined): Course =>
  complaint === undefined ? course : { ...course, complaints: [...course.complaints, complaint] };

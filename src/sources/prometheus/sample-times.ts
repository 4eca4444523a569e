import type { Labels, Sample } from '../../domain/sample.ts';
import { badAnswer } from './parse.ts';

// No exporter can have it: names with two underscores in front are Prometheus' own.
const MARK = '__assay_sample_at__';

/**
 * The query that gives a selector's samples and, marked by a label, the time of each. One query and not two: a scrape that comes
 * in between would give a value the time of another sample.
 */
export const withTimes = (selector: string): string =>
  `${selector} or label_replace(timestamp(${selector}), "${MARK}", "1", "", "")`;

/** Puts the marked times into the samples they belong to. Throws where a sample has no time, or a time no sample. */
export type JoinTimes = (marked: readonly Sample[]) => readonly Sample[];

/** Makes a join that knows the label sets it has seen: the slots of a range answer share theirs. */
export function newJoinTimes(): JoinTimes {
  const keys = new Map<Labels, string>();
  const keyOf = (labels: Labels): string => {
    const key = keys.get(labels) ?? withoutName(labels);
    keys.set(labels, key);
    return key;
  };
  return (marked) => {
    const samples = marked.filter(({ labels }) => !(MARK in labels));
    const times = new Map(marked.filter(({ labels }) => MARK in labels).map(({ labels, value }) => [keyOf(labels), value]));
    if (samples.length * 2 !== marked.length || times.size !== samples.length) throw unpaired();
    return samples.map((sample) => ({ ...sample, sampleAt: sampleAtOf(times.get(keyOf(sample.labels))) }));
  };
}

function sampleAtOf(seconds: number | undefined): number {
  if (seconds === undefined || !Number.isFinite(seconds)) throw unpaired();
  return Math.round(seconds * 1000);
}

const unpaired = (): Error => badAnswer('samples that do not match their times');

/** `timestamp()` drops the name of the metric; a bare selector has only one. */
function withoutName(labels: Labels): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== '__name__' && name !== MARK);
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

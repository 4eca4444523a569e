import type { Condition } from '../../api/common.ts';
import { EVENT_REASONS, type ReachableReason } from '../../api/conditions.ts';
import type { EvidenceSource, EvidenceSourceStatus } from '../../api/source.ts';
import { type EventRecorder, setCondition, type StatusWriter, type Store } from '../../kube/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Reachability } from '../../sources/source.ts';
import { RESOURCES } from '../resources.ts';
import type { SourcePool } from './source-pool.ts';
import { StatusPace } from '../status-pace.ts';
import type { Validated } from '../validated.ts';
import { timeText } from '../../domain/moment.ts';
import { generationOf } from '../words.ts';

export interface SourceParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly pool: SourcePool;
  readonly sources: Store<EvidenceSource>;
  readonly statuses: StatusWriter;
  readonly events: EventRecorder;
  readonly validated: Validated;
}

/** Shows what is known of an evidence source: whether it answers, since when, in what version. */
export class SourceReconciler {
  readonly #parts: SourceParts;
  readonly #pace = new StatusPace();
  readonly #told = new Map<string, Condition['status']>();

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  async reconcile(name: string, signal: AbortSignal): Promise<undefined> {
    const object = this.#parts.sources.get(name);
    if (!object) {
      this.#parts.validated.forget(name);
      this.#pace.forget(name);
      this.#told.delete(name);
      return;
    }
    const problem = this.#parts.validated.problemOf(object);
    await this.#show(object, problem === undefined ? this.#finding(name) : { reason: 'InvalidSpec', message: problem }, signal);
  }

  #finding(name: string): Finding | undefined {
    const standing = this.#parts.pool.get(name);
    if (standing?.kind === 'Unusable') return { reason: 'CredentialsMissing', message: standing.message };
    const found = standing?.monitor.latest;
    if (!found) return undefined;
    if (found.kind === 'NotAnswering') return found;
    return {
      reason: 'Answering',
      message: 'the source answers',
      answer: found,
      at: standing.monitor.at ?? this.#parts.clock.now(),
    };
  }

  async #show(object: EvidenceSource, finding: Finding | undefined, signal: AbortSignal): Promise<void> {
    if (!finding) return;
    const { clock, statuses } = this.#parts;
    const { name, uid } = object.metadata;
    const status = sourceStatus(object, finding, clock.now());
    const shown = { uid, status: object.status };
    const due = this.#pace.due(name, status, shown, clock.now());
    if (due === 'No') return;
    // The Event first: should we crash between the two, the status still says what was, and the Event is sent again.
    const reachable = reachableOf(status);
    if (reachable) await this.#tellTurn(object, reachable, signal);
    statuses.write({ resource: RESOURCES.sources, object, status, urgent: due === 'Changed' });
    this.#pace.written(name, status, shown, clock.now());
  }

  async #tellTurn(object: EvidenceSource, reachable: Condition, signal: AbortSignal): Promise<void> {
    const { name } = object.metadata;
    // What was told last may not stand in the status yet: that is written at most every 10 seconds.
    const before = this.#told.get(name) ?? reachableOf(object.status)?.status;
    if (turned(before, reachable.status)) {
      this.#parts.log.info('reachability of a source changed', {
        source: name,
        reachable: reachable.status,
        reason: reachable.reason,
      });
      await this.#tell(object, reachable, signal);
    }
    this.#told.set(name, reachable.status);
  }

  async #tell(object: EvidenceSource, { status, message, lastTransitionTime }: Condition, signal: AbortSignal): Promise<void> {
    const reason = status === 'True' ? 'SourceReachable' : 'SourceUnreachable';
    const at = Date.parse(lastTransitionTime);
    const name = `${object.metadata.name}.${reason.toLowerCase()}.${at.toString(16)}`;
    const { type } = EVENT_REASONS[reason];
    await this.#parts.events.emit(
      { name, regarding: object, type, reason, action: 'Probing', note: message, at: new Date(at) },
      signal,
    );
  }
}

interface Finding {
  readonly reason: ReachableReason;
  readonly message: string;
  readonly answer?: Extract<Reachability, { kind: 'Answering' }>;
  readonly at?: number;
}

const reachableOf = (status: EvidenceSourceStatus | undefined): Condition | undefined =>
  status?.conditions?.find(({ type }) => type === 'Reachable');

/** The first finding is told only when it is bad. */
function turned(before: Condition['status'] | undefined, after: Condition['status']): boolean {
  return before ? before !== after : after === 'False';
}

function sourceStatus(
  { metadata, status }: EvidenceSource,
  { reason, message, answer, at }: Finding,
  now: number,
): EvidenceSourceStatus {
  const observed = generationOf(metadata);
  const condition = { type: 'Reachable', status: answer ? 'True' : 'False', reason, message, ...observed } as const;
  const { conditions, ...kept } = status ?? {};
  const contact = answer && {
    lastContact: timeText(wholeSecond(at ?? now)),
    latencyMs: Math.round(answer.latencyMs),
    ...versionOf(answer),
  };
  return { ...kept, ...observed, conditions: setCondition(conditions, condition, new Date(now)), ...contact };
}

const wholeSecond = (ms: number): number => Math.trunc(ms / 1000) * 1000;
const versionOf = ({ version }: { version?: string }): { version?: string } => (version === undefined ? {} : { version });

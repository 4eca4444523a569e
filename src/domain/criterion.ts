import { change, recreate, remove, resume, suspend } from './changes.ts';
import { judgeMissed, judgeSlot } from './judge-slot.ts';
import { type Applied, create, type CriterionEvent, type CriterionState } from './state.ts';

export * from './state.ts';

/** What an event makes of a criterion (judging.md). Pure: the same events in the same order give the same states and facts. */
export function apply(state: CriterionState, event: CriterionEvent): Applied {
  switch (event.kind) {
    case 'Slot':
      return judgeSlot(state, event);
    case 'Missed':
      return judgeMissed(state, event);
    case 'Created':
      return { state: create(state.id, event, state.keepMs), facts: [] };
    case 'Changed':
      return change(state, event.at, event.rules);
    case 'SourceChanged':
      return change(state, event.at, state.rules);
    case 'Recreated':
      return recreate(state, event.at, event.rules);
    case 'Suspended':
      return suspend(state, event.at);
    case 'Resumed':
      return resume(state, event.at);
    case 'Deleted':
      return remove(state, event.at);
  }
}

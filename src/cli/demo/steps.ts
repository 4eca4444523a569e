import { EXAMPLE } from './example.ts';
import type { Picture } from './picture.ts';
import { HOLD_SECONDS, QUARTER, RECOVER_SECONDS } from './shorten.ts';
import { AUDIENCES } from './rooms.ts';
import { allOf, deviationEnded, dueAfter, eventIs, heldFor, reads, type Sight, verdictIs } from './sight.ts';

/** What a step can do to the world. */
export interface Hands {
  readonly applyExample: () => Promise<void>;
  readonly stopShop: () => Promise<void>;
  readonly startShop: () => Promise<void>;
}

/** One step of the story: what is told, what is done, and what must then be seen. */
export interface Step {
  readonly title: string;
  readonly text: string;
  readonly act: (hands: Hands) => Promise<void>;
  readonly waitsFor: string;
  readonly look: (picture: Picture) => Sight;
}

/** The life of a deviation, from Pass to Pass. */
export const STEPS: readonly Step[] = [
  {
    title: 'The example is applied: all Pass',
    text: `${EXAMPLE} asks whether the shop answers (BSI C5, OPS-02). It is applied as it lies there, but for the address of Prometheus and for its times: ${QUARTER.from} is ${QUARTER.seconds} s here. A channel for each audience is added.`,
    act: ({ applyExample }) => applyExample(),
    waitsFor: 'the verdict Pass',
    look: (picture) => verdictIs('Pass', picture),
  },
  {
    title: 'The shop is stopped',
    text: `One failed look is no failure yet: the verdict turns Fail once the shop has not answered for holdFor, ${HOLD_SECONDS} s here, and internal staff are told at once. kubectl may be some seconds behind: a status is written at most every 10 s.`,
    act: ({ stopShop }) => stopShop(),
    waitsFor: 'the verdict Fail, its reason, its Events, and the message to the team',
    look: (picture) =>
      allOf(
        verdictIs('Fail', picture),
        heldFor(HOLD_SECONDS, picture),
        eventIs('CriterionFailed', picture),
        eventIs('EscalationDue', picture, 'internal'),
        reads('internal', 'Failing', picture),
      ),
  },
  {
    title: `Fifteen minutes later, which are ${QUARTER.seconds} s here`,
    text: `The shop stays down. The steps of the authority and of the customers fall due ${QUARTER.from} after the deviation began (${QUARTER.seconds} s here), counted from the first failed look. Each reads what is for it: customers nothing of the criterion.`,
    act: () => Promise.resolve(),
    waitsFor: 'the steps of the authority and the customers, and their messages',
    look: (picture) =>
      allOf(
        ...['authority', 'customers'].flatMap((audience) => [
          dueAfter(QUARTER.seconds, picture, audience),
          eventIs('EscalationDue', picture, audience),
        ]),
        reads('authority', 'Failing', picture),
        reads('customers', 'Disrupted', picture),
      ),
  },
  {
    title: 'The shop returns: Pass again',
    text: `One good look is no recovery yet: the verdict is Pass again once the shop has answered for recoverFor, ${RECOVER_SECONDS} s here.`,
    act: ({ startShop }) => startShop(),
    waitsFor: "the verdict Pass, its Event, the deviation's end, and the messages",
    look: (picture) =>
      allOf(
        verdictIs('Pass', picture),
        eventIs('CriterionRecovered', picture),
        deviationEnded(picture),
        ...AUDIENCES.map((audience) => reads(audience, 'Over after', picture)),
      ),
  },
];

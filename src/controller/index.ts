// Brings what the API server has and what the evidence log knows together: slots are judged, put on record, and shown.
// One reconciler a kind, each a list of steps that join the rooms below. judging/ asks and judges; sources/ are what is asked; keeping/ puts on
// record what people write; telling/ tells audiences, asking/ has what they ask for; reporting/ shows periods.
export { mayDo } from './asking/access-review.ts';
export { newChatActs } from './asking/chat-acts.ts';
export { Operator, type OperatorOptions } from './operator.ts';
export { newTokenReview } from './asking/token-review.ts';

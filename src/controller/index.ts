// Brings what the API server has and what the evidence log knows together: slots are judged, put on record, and shown.
// One reconciler a kind, each a list of steps that join the rooms below.
export { type AskedRight, mayDo } from './access-review.ts';
export { type ChatActs, newChatActs } from './chat-acts.ts';
export { type ChatFacts, newChatFacts } from './chat-facts.ts';
export { Operator, type OperatorOptions } from './operator.ts';
export { newTokenReview } from './token-review.ts';

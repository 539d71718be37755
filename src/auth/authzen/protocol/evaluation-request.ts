/** Somebody or something that a question is about (AuthZEN Authorization API 1.0 sections 5.1 to 5.3). */
export interface Entity {
  readonly type: string;
  readonly id: string;
}

export interface Question {
  readonly subject: Entity;
  readonly action: { readonly name: string };
  readonly resource: Entity;
}

/** How a list of questions is gone through (section 7.1.2.1). */
export const SEMANTICS = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
export type Semantic = (typeof SEMANTICS)[number];

export interface EvaluationsRequest {
  readonly semantic: Semantic;
  /** Undefined: the request is a single question under the name of a list. */
  readonly questions: readonly (Question | Unreadable)[] | undefined;
  readonly single: Question | undefined;
}

/** What is wrong with a question; the others of a list are answered all the same. */
export class Unreadable extends Error {}

export const MOST_EVALUATIONS = 500;
const LONGEST = 1_024;

type Sent = Record<string, unknown>;

/** Reads a question (section 6.1). Properties and context may be sent and decide nothing here. Throws Unreadable. */
export function readQuestion(body: unknown): Question {
  const sent = objectIn(body, 'The body');
  return {
    subject: entityIn(sent, 'subject'),
    action: { name: textIn(objectIn(sent.action, 'action'), 'action', 'name') },
    resource: entityIn(sent, 'resource'),
  };
}

/** Reads a list (section 7.1): what a question leaves out is as the request as a whole says. Throws Unreadable. */
export function readEvaluations(body: unknown): EvaluationsRequest {
  const sent = objectIn(body, 'The body');
  const semantic = semanticIn(sent.options);
  const { evaluations } = sent;
  if (evaluations === undefined || (Array.isArray(evaluations) && evaluations.length === 0)) {
    return { semantic, questions: undefined, single: readQuestion(sent) };
  }
  if (!Array.isArray(evaluations)) throw new Unreadable('evaluations is a list.');
  if (evaluations.length > MOST_EVALUATIONS) {
    throw new Unreadable(`evaluations takes at most ${MOST_EVALUATIONS} questions.`);
  }
  const { subject, action, resource } = sent;
  const questions = evaluations.map((one: unknown) => {
    try {
      return readQuestion({ subject, action, resource, ...objectIn(one, 'An evaluation') });
    } catch (failure) {
      if (failure instanceof Unreadable) return failure;
      throw failure;
    }
  });
  return { semantic, questions, single: undefined };
}

function semanticIn(options: unknown): Semantic {
  if (options === undefined) return 'execute_all';
  const named = objectIn(options, 'options').evaluations_semantic;
  if (named === undefined) return 'execute_all';
  const known = SEMANTICS.find((semantic) => semantic === named);
  if (!known) throw new Unreadable(`evaluations_semantic is one of ${SEMANTICS.join(', ')}.`);
  return known;
}

function entityIn(sent: Sent, name: string): Entity {
  const entity = objectIn(sent[name], name);
  return { type: textIn(entity, name, 'type'), id: textIn(entity, name, 'id') };
}

function objectIn(value: unknown, name: string): Sent {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Sent;
  throw new Unreadable(`${name} is an object.`);
}

function textIn(sent: Sent, object: string, name: string): string {
  const value = Object.hasOwn(sent, name) ? sent[name] : undefined;
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST) return value;
  throw new Unreadable(`${name} of ${object} is text.`);
}

import { SECTIONS } from '../sections';
import { exactly, type Form } from './console-forms';
import type { Field } from './field';

const FIELDS = Object.entries({
  email: 'Email',
  givenName: 'Given name',
  familyName: 'Family name',
  displayName: 'Whole name',
  department: 'Department',
  groups: 'Groups',
}).map(([name, label]): Field => ({
  name,
  label,
  kind: 'line',
  most: 256,
  inCalls: `attributeMapping.${name}`,
}));

const SEPARATOR: Field = {
  name: 'groupsSeparator',
  label: 'Several groups come',
  kind: 'choice',
  choices: {
    '': 'each as a value of its own',
    ';': 'in one text, split by semicolons',
    ',': 'in one text, split by commas',
    '|': 'in one text, split by |',
  },
  inCalls: 'attributeMapping.groupsSeparator',
};

const pathOf = (form: keyof typeof ATTRIBUTE_FIELDS): RegExp =>
  exactly(`${SECTIONS.connections.path}/connections/[^/]+/attributes/${form}`);

/** What a connection takes from an answer, by its protocol. */
export const ATTRIBUTE_FIELDS = {
  saml: [...FIELDS, SEPARATOR],
  oidc: FIELDS,
} as const satisfies Record<string, readonly Field[]>;

/** They are told apart by the last part of their path. */
export const ATTRIBUTE_FORMS: readonly Form[] = [
  { path: pathOf('saml'), fields: ATTRIBUTE_FIELDS.saml },
  { path: pathOf('oidc'), fields: ATTRIBUTE_FIELDS.oidc },
];

import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Rules = ReturnType<Storage['getTargetValidationMetadatas']>;

/**
 * Lets class-validator keep what a class was declared with. By itself it looks for that anew for each object that it
 * validates, among the rules of every class there is: of a service with two hundred of them, half of what validating
 * costs. Whoever asks for groups, or otherwise than for all rules, is answered by class-validator as before.
 */
export function rememberRules(storage: Storage = getMetadataStorage()): void {
  const search = storage.getTargetValidationMetadatas.bind(storage);
  const group = storage.groupByPropertyName.bind(storage);
  const rulesOf = new WeakMap<object, Rules>();
  const grouped = new WeakMap<Rules, ReturnType<typeof group>>();

  storage.getTargetValidationMetadatas = (type: unknown, schema, always, strictGroups, groups) => {
    // What is no class came in a body: an object may have a field called `constructor`.
    const isPlain = typeof type === 'function' && !schema && !always && !strictGroups && !groups?.length;
    if (!isPlain) return search(type as () => unknown, schema, always, strictGroups, groups);
    const known = rulesOf.get(type);
    if (known) return known;
    const rules = search(type, schema, always, strictGroups, groups);
    rulesOf.set(type, rules);
    return rules;
  };
  storage.groupByPropertyName = (rules) => {
    const known = grouped.get(rules);
    if (known) return known;
    const made = group(rules);
    grouped.set(rules, made);
    return made;
  };
}

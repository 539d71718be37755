// Finds every code that a Problem is made with, and the statuses it is answered with, by asking the compiler.
import ts from 'typescript';

/**
 * Answers a map of code to what is known of it: `statuses`, or the names of the classes (`by`) whose status depends on
 * the code. Throws when a code is computed in a way that the compiler cannot follow: give the value a literal type.
 */
export function problemCodes(entries) {
  // Only our own sources and the language itself: what libraries export plays no part in any code.
  const options = { target: ts.ScriptTarget.ES2023, lib: ['lib.es2023.d.ts'], types: [], strict: true };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, file) =>
    literals.map(({ text }) =>
      text.startsWith('.') ? ts.resolveModuleName(text, file, options, host) : { resolvedModule: undefined },
    );
  const program = ts.createProgram(entries, options, host);
  return new Scan(program.getTypeChecker()).of(
    program.getSourceFiles().filter(({ isDeclarationFile }) => !isDeclarationFile),
  );
}

class Scan {
  found = new Map();

  constructor(checker) {
    this.checker = checker;
  }

  of(files) {
    const visit = (node) => {
      if (ts.isNewExpression(node)) this.construction(node);
      if (ts.isCallExpression(node)) this.scimRefusal(node);
      ts.forEachChild(node, visit);
    };
    files.forEach(visit);
    return this.found;
  }

  construction(node) {
    const made = classOf(this.checker.getSymbolAtLocation(node.expression), this.checker);
    if (!made || !this.isProblem(made)) return;
    const constructor = this.constructorOf(made);
    const code = this.valuesOf('code', made, argumentsBy(constructor, node));
    const status = this.valuesOf('status', made, argumentsBy(constructor, node));
    for (const one of code ?? []) this.note(one, status, made.name.text);
    if (made.name.text === 'ScimError') this.scim(node.arguments[2], node.arguments[0]);
    else if (!code) throw new Error(`Which code? ${where(node)}`);
  }

  /** The helper of SCIM for what a client can mend: 400 with the scimType. */
  scimRefusal(node) {
    if (ts.isIdentifier(node.expression) && node.expression.text === 'badRequest')
      this.scim(node.arguments[0]);
  }

  scim(scimType, status) {
    // Within the helper itself: whoever calls it says more.
    if (scimType && ts.isIdentifier(scimType) && scimType.text === 'scimType') return;
    const types = scimType ? this.literals(scimType) : ['Scim_error'];
    const statuses = status ? this.literals(status) : ['400'];
    for (const one of types ?? []) this.note(snakeCase(one), statuses, 'ScimError');
  }

  note(code, statuses, by) {
    const known = this.found.get(code) ?? { statuses: new Set(), by: new Set() };
    if (statuses?.length === 1) known.statuses.add(statuses[0]);
    else known.by.add(by);
    this.found.set(code, known);
  }

  /**
   * What the constructor of Problem gets as `name` at last, when a class is made with these arguments: a list of
   * literals, empty for what is passed on of another problem, undefined when the compiler does not know.
   */
  valuesOf(name, made, given) {
    if (made.name.text === 'Problem') return given.has(name) ? this.literals(given.get(name)) : undefined;
    const constructor = this.constructorOf(made);
    const owner = constructor.parent;
    if (owner !== made) return this.valuesOf(name, owner, given);
    const base = this.baseOf(owner);
    const above = superCall(constructor);
    const passed = argumentsBy(this.constructorOf(base), above);
    // What the class takes and hands up is told by whoever makes one; else by its own words.
    for (const [parameter, expression] of passed) {
      if (!ts.isIdentifier(expression)) continue;
      const declared = constructor.parameters.find(({ name: own }) => isBoundBy(own, expression.text));
      if (!declared) continue;
      if (ts.isObjectBindingPattern(declared.name)) passed.set(parameter, PASSED_ON);
      else if (given.has(expression.text))
        passed.set(parameter, this.narrower(given.get(expression.text), expression));
      else if (declared.initializer) passed.set(parameter, declared.initializer);
    }
    return this.valuesOf(name, base, passed);
  }

  /** The expression whose type says more: of the argument, or of the parameter that takes it. */
  narrower(argument, parameter) {
    return argument === PASSED_ON || this.literals(argument) ? argument : parameter;
  }

  literals(expression) {
    if (expression === PASSED_ON) return [];
    const type = this.checker.getTypeAtLocation(expression);
    const types = type.isUnion() ? type.types : [type];
    return types.every((one) => one.isStringLiteral() || one.isNumberLiteral())
      ? types.map(({ value }) => String(value))
      : undefined;
  }

  isProblem(made) {
    for (let one = made; one; one = this.baseOf(one)) if (one.name?.text === 'Problem') return true;
    return false;
  }

  baseOf(made) {
    const clause = made.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
    return clause && classOf(this.checker.getSymbolAtLocation(clause.types[0].expression), this.checker);
  }

  constructorOf(made) {
    return made.members.find(ts.isConstructorDeclaration) ?? this.constructorOf(this.baseOf(made));
  }
}

const PASSED_ON = Symbol('of another problem');

function classOf(symbol, checker) {
  const meant = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return meant?.declarations?.find(ts.isClassDeclaration);
}

/** Arguments by the names of the parameters; one that is spread stands for none. */
function argumentsBy(constructor, call) {
  const given = (call.arguments ?? []).map((argument, place) => [
    constructor.parameters[place]?.name,
    argument,
  ]);
  return new Map(
    given.flatMap(([name, argument]) => (name && ts.isIdentifier(name) ? [[name.text, argument]] : [])),
  );
}

function superCall(constructor) {
  for (const { expression } of constructor.body.statements)
    if (expression?.expression?.kind === ts.SyntaxKind.SuperKeyword) return expression;
  throw new Error(`No super? ${where(constructor)}`);
}

const isBoundBy = (binding, name) =>
  ts.isIdentifier(binding)
    ? binding.text === name
    : binding.elements.some((element) => isBoundBy(element.name, name));

const snakeCase = (word) => word.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();

function where(node) {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

#!/usr/bin/env node
/**
 * Holds src/ to its floors: a file imports only its own floor or a lower one, imports form no cycle (types aside), only
 * cli and web print, and nothing is a default export. Tests and src/testing are exempt.
 * `node scripts/check-floors.mjs [folder]`, default src.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import ts from "typescript";

/** Highest first. Names on one line share a floor, and so may not import one another. */
const floors = [
  ["cli", "web"],
  ["index.ts", "create-model.ts"],
  ["train"],
  ["runs"],
  ["tasks"],
  ["data"],
  ["analysis"],
  ["nn"],
  ["optim"],
  ["cells"],
  ["parametrizations"],
  ["maps"],
  ["compile"],
  ["backends"],
  ["plan"],
  ["expr"],
  ["linalg"],
  ["random"],
  ["errors.ts", "machine.ts"],
];

/** Concrete backends are known to backends, and to what tells people of the machine. */
const concreteBackend = /^backends\/[^/]+\//;
const knowsBackends = /^(backends|cli|web)\//;
const printers = /^(cli|web)\//;

const root = resolve(process.argv[2] ?? "src");
const files = sources(root);
const parsed = new Map(files.map((file) => [file, parse(file)]));
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const problems = [
  ...files
    .filter((file) => floorOf(file).index < 0)
    .map((file) => `${file} is on no floor: scripts/check-floors.mjs lists them`),
  ...files.flatMap((file) => imports.get(file).flatMap(({ target }) => violations(file, target))),
  ...cycles().map((cycle) => `import cycle: ${cycle.join(" → ")}`),
  ...files.flatMap(spellings),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`floors: ${files.length} files hold to their floors`);

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .map((file) => file.split(sep).join("/"))
    .filter((file) => /\.ts$/.test(file) && !/\.(test|d|generated)\.ts$/.test(file))
    .filter((file) => !file.startsWith("testing/") && !file.includes("/assembly/"))
    .sort();
}

/** Files of the tree that a file imports or re-exports from, also by `import()` and in types. */
function importsOf(file) {
  const source = parsed.get(file);
  const found = [];
  const add = (literal, typeOnly) => {
    if (!literal || !ts.isStringLiteral(literal) || !literal.text.startsWith(".")) return;
    const target = relative(root, resolve(root, dirname(file), literal.text))
      .split(sep)
      .join("/");
    found.push({ target, typeOnly });
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ?? false);
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function parse(file) {
  return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true);
}

function violations(file, target) {
  const [from, to] = [floorOf(file), floorOf(target)];
  if (target.startsWith("..") || target.startsWith("testing/"))
    return [`${file} imports ${target}, outside the floors`];
  if (to.index < 0) return [`${file} imports ${target}, which is on no floor`];
  if (from.index < 0) return [];
  const found = [];
  const beside = to.index === from.index && to.name !== from.name && !from.name.endsWith(".ts");
  if (to.index < from.index || beside) found.push(`${file} imports ${target}: ${from.name} is below ${to.name}`);
  if (concreteBackend.test(target) && !knowsBackends.test(file)) {
    found.push(`${file} imports ${target}: only backends know a concrete backend`);
  }
  return found;
}

function floorOf(file) {
  const name = file.split("/")[0];
  return { name, index: floors.findIndex((floor) => floor.includes(name)) };
}

/** Cycles of imports that exist at run time; types may refer to one another. */
function cycles() {
  const found = [];
  const finished = new Set();
  const path = [];
  const visit = (file) => {
    if (finished.has(file)) return;
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push([...path.slice(start), file]);
      return;
    }
    path.push(file);
    for (const { target, typeOnly } of imports.get(file) ?? []) if (!typeOnly) visit(target);
    path.pop();
    finished.add(file);
  };
  for (const file of files) visit(file);
  return found;
}

/** Printing outside cli and web, and default exports. */
function spellings(file) {
  const source = parsed.get(file);
  const found = [];
  const visit = (node) => {
    if (
      !printers.test(file) &&
      ts.isPropertyAccessExpression(node) &&
      /^(console\.\w+|process\.stdout)$/.test(node.getText(source))
    ) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${file}:${line + 1} uses ${node.getText(source)}: only cli and web print`);
    }
    const isDefault = ts.canHaveModifiers(node) && node.modifiers?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
    if (isDefault || ts.isExportAssignment(node)) found.push(`${file} has a default export: give it a name`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

#!/usr/bin/env node
/**
 * Relative links of the Markdown files under a folder lead somewhere: to a file or folder, and with #anchor to one of its
 * headings. `node scripts/check-links.mjs [folder]`, default the current one.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** Not ours, or generated (`docs/api` by typedoc). */
const skipped = new Set(["node_modules", "dist", "coverage", "runs", ".git", ".venv", "api"]);

const root = resolve(process.argv[2] ?? ".");
const files = markdown(root);
const problems = files.flatMap((file) => links(file).flatMap((link) => broken(file, link)));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`links: ${files.length} Markdown files lead nowhere wrong`);

function markdown(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : markdown(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** The text without code, line by line as it was. */
function prose(file) {
  const blank = (code) => code.replace(/[^\n]/g, " ");
  return readFileSync(file, "utf8")
    .replace(/^(```|~~~).*?^\1/gms, blank)
    .replace(/`[^`\n]*`/g, blank);
}

/** [text](target), ![image](target "title"), [label]: target and src or href of HTML. */
function links(file) {
  const patterns = [
    /\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^ {0,3}\[[^\]]+\]:\s+<?(\S+?)>?(?:\s|$)/gm,
    /\b(?:src|href)="([^"]+)"/g,
  ];
  const text = prose(file);
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ 1: target, index }) => ({
      target,
      line: text.slice(0, index).split("\n").length,
    })),
  );
}

function broken(file, { target, line }) {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return [];
  const place = `${relative(root, file)}:${line}`;
  const [path, anchor] = decodeURI(target).split("#");
  const goal = path === "" ? file : resolve(dirname(file), path);
  if (!existsSync(goal)) return [`${place} links to ${target}: there is no ${relative(root, goal)}`];
  if (anchor === undefined || !goal.endsWith(".md") || anchors(goal).has(anchor)) return [];
  return [`${place} links to ${target}: ${relative(root, goal)} has no heading #${anchor}`];
}

/** Anchors of a file's headings as GitHub makes them. */
function anchors(file) {
  const seen = new Map();
  // Code in a heading counts with its letters, so only fenced blocks are taken out.
  const text = readFileSync(file, "utf8").replace(/^(```|~~~).*?^\1/gms, "");
  return new Set(
    [...text.matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)].map(([, heading]) => {
      const plain = heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
      const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
}

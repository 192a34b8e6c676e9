import { parse } from "yaml";
import { UsageError } from "../../errors.ts";

/** What `--set PATH=VALUE` says. */
export interface Assignment {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * `optimizer.lr=1e-3` → path ["optimizer", "lr"], value 0.001. The value is read as YAML: numbers, true and false, texts,
 * `null` or nothing (takes the recipe's value back), lists and objects in brackets.
 *
 * @throws UsageError when there is no "=", no path, or the value is not YAML
 */
export function parseAssignment(text: string): Assignment {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(0, at)).trim().split(".");
  if (at < 0 || path.some((key) => key === "")) {
    throw new UsageError(`"${text}" is not an assignment, expected PATH=VALUE such as --set optimizer.lr=1e-3.`);
  }
  try {
    const value = parse(text.slice(at + 1));
    requireSpaces(value, text);
    return { path, value };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const reason = (cause as Error).message.split("\n")[0];
    throw new UsageError(
      `The value of "${text}" cannot be read: ${reason} Quote texts: --set ${path.join(".")}='"…"'.`,
      {
        cause,
      },
    );
  }
}

/** In YAML `{patience:5}` is the key "patience:5" without a value; nobody means that. */
function requireSpaces(value: unknown, text: string): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null && /^\w+:./.test(key)) {
      throw new UsageError(
        `The value of "${text}" has no space after the colon in "${key}"; write ${key.replace(":", ": ")}.`,
      );
    }
    requireSpaces(inner, text);
  }
}

import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { UsageError } from "../errors.ts";
import { dataDirectory } from "./directory.ts";

it("prefers the option, then STIEFEL_DATA, then the user's data folder", () => {
  const env = { STIEFEL_DATA: "from-env", XDG_DATA_HOME: "/xdg" };
  expect(dataDirectory({ dataDir: "from-option", env })).toBe(resolve("from-option"));
  expect(dataDirectory({ env })).toBe(resolve("from-env"));
  expect(dataDirectory({ env: { ...env, STIEFEL_DATA: "" } })).toBe("/xdg/stiefel");
  expect(dataDirectory({ env: { XDG_DATA_HOME: "relative" } })).toBe(join(homedir(), ".local/share/stiefel"));
  expect(dataDirectory({ env: {} })).toBe(join(homedir(), ".local/share/stiefel"));
});

it("refuses an empty --data", () => {
  expect(() => dataDirectory({ dataDir: "" })).toThrow(UsageError);
});

import { expect, it } from "vitest";
import { z } from "zod";
import { UsageError } from "../errors.ts";
import { findTask, tasks } from "./registry.ts";

it("makes a task from its name and configuration", () => {
  expect(Object.keys(tasks)).toEqual(["copying", "adding", "system-identification", "pixel-mnist"]);
  expect(findTask("copying").create({ delay: 30 }, { seed: 1 }).length).toBe(50);
  expect(findTask("copying").create(undefined, { seed: 1 }).length).toBe(1020);
  expect(findTask("adding").create({ length: 30, split: "floor" }, { seed: 1 }).length).toBe(30);
  const symbols = (seed: number) => findTask("copying").create({ delay: 1 }, { seed }).trainBatch(0, 1).symbols;
  expect(symbols(1)).not.toEqual(symbols(2));
});

it("looks for MNIST where --data says", () => {
  const make = () => findTask("pixel-mnist").create({ permuted: true }, { seed: 1, dataDir: "no-such-folder" });
  expect(make).toThrow(/no-such-folder does not exist.*run: stiefel data get mnist, or pass --data DIR/);
});

it("describes every option and gives each but the training set's size a default", () => {
  for (const { options, description } of Object.values(tasks)) {
    expect(description).not.toBe("");
    const { properties = {} } = z.toJSONSchema(options);
    for (const [name, property] of Object.entries(properties)) {
      expect(property).toMatchObject({ description: expect.any(String) });
      if (name !== "trainingExamples") expect(property).toHaveProperty("default");
    }
  }
});

it("refuses unknown names with the closest ones", () => {
  expect(() => findTask("coping")).toThrow(/Unknown task "coping"\. Did you mean "copying"\?/);
  expect(() => findTask("constructor")).toThrow(UsageError);
  const make = (options: unknown) => findTask("copying").create(options, { seed: 1 });
  expect(() => make({ dealy: 3 })).toThrow(
    /Unknown option of the task copying "task\.dealy"\. Did you mean "task\.delay"/,
  );
  expect(() => make({ delay: "long" })).toThrow(/task\.delay is "long": .*expected number/);
  expect(() => make({ timing: "later" })).toThrow(/task\.timing is "later": .*"after-marker"\|"at-marker"/);
  expect(() => make(3)).toThrow(UsageError);
  expect(() => make(null)).not.toThrow();
});

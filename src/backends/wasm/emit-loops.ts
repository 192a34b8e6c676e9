import { parameter } from "./arena.ts";
import type { Code, Local } from "./code.ts";

/** Runs `body` with `step` going through first … end−1, or back from end−1 to first. */
export function forSteps(code: Code, step: Local, order: "ascending" | "descending", body: () => void): void {
  code.get(parameter.first).get(parameter.end).op("i32LtS");
  code.when(() => {
    if (order === "ascending") {
      code.get(parameter.first).set(step);
      code.doWhile(body, () => code.get(step).i32(1).op("i32Add").tee(step).get(parameter.end).op("i32LtS"));
    } else {
      code.get(parameter.end).i32(1).op("i32Sub").set(step);
      code.doWhile(body, () => code.get(step).i32(1).op("i32Sub").tee(step).get(parameter.first).op("i32GeS"));
    }
  });
}

import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { resolveConfig } from "./config/resolve.ts";
import { lossCurve } from "./loss-curve.ts";
import { modelCard } from "./model-card.ts";

describe("lossCurve", () => {
  const decay = Array.from({ length: 5000 }, (_, i) => ({ iteration: i + 1, loss: 0.02 * Math.exp(-i / 1000) }));
  const parsed = async (lines: Parameters<typeof lossCurve>[0]) => {
    const svg = await lossCurve(lines, { title: "copying & more", baseline: 0.0204 });
    return { svg, root: parseHTML(svg).document };
  };

  it("draws the curve, the baseline and the validation", async () => {
    const { svg, root } = await parsed([...decay, { iteration: 5000, validation: { loss: 0.001 } }]);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain("copying &amp; more");
    expect(svg).toContain("baseline 0.0204");
    expect(svg).toContain("● validation");
    const path = root.querySelector('[aria-label="line"] path')?.getAttribute("d") ?? "";
    expect(path.split("L").length).toBeGreaterThan(300);
    expect(path.split("L").length).toBeLessThanOrEqual(600);
    expect(path).not.toContain("NaN");
    expect(root.querySelectorAll('[aria-label="dot"] circle')).toHaveLength(1);
  });

  it("keeps to a linear axis for a loss of zero, and draws even a single point or none", async () => {
    for (const lines of [[{ iteration: 1, loss: 0 }], []]) {
      const { svg } = await parsed(lines);
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
  });
});

describe("modelCard", () => {
  it("has a header that parses and says the same as the text", () => {
    const config = resolveConfig({ task: "copying" });
    const numbers = { parameters: 21_764, iterations: 2000, loss: 0.0011, baseline: 0.0204 };
    const text = modelCard({
      name: "a: run",
      config,
      ...numbers,
      metrics: { loss: 0.001, accuracy: 0.99 },
      split: "test",
    });
    const [, header, body] = text.split(/^---$/m);
    const card = parse(header);
    expect(card).toMatchObject({ library_name: "stiefel", metrics: ["loss", "accuracy"] });
    expect(card["model-index"][0]).toMatchObject({ name: "a: run" });
    expect(card["model-index"][0].results[0].metrics).toEqual([
      { type: "loss", value: 0.001 },
      { type: "accuracy", value: 0.99 },
    ]);
    expect(body).toContain("| accuracy (test) | 0.99 |");
    expect(body).toContain("scornn, one layer of 190 units, 21764 parameters");
  });
});

import { type Operator, operatorSymbol, operatorWeights } from "../compile/operators.ts";
import { toComplex } from "../expr/complex.ts";
import { type Application, type Leaf, leaf, type Real, topological } from "../expr/node.ts";
import { scalarFunctions } from "../expr/scalar.ts";
import type { FloatArray } from "../linalg/kernels.ts";
import { actionOf, type Vector } from "../plan/factors.ts";
import type { BoundStructure } from "./structure.ts";

/**
 * The full matrix of a structured map, row-major [units × units], in the weights' precision; a complex one as all real
 * parts, then all imaginary parts. Row i is what the map makes of the unit vector eᵢ.
 */
export function toMatrix(
  { operators, apply, weights: layout }: BoundStructure,
  units: number,
  field: "real" | "complex",
  weights: FloatArray,
): FloatArray {
  if (layout.kind === "matrices" && layout.count === 1) return weights.slice();
  const vectors = new Map<string, Leaf>();
  const symbols = operators.map((operator) => operatorSymbol(operator, vectors));
  const input = leaf("x");
  const roots = partsOf(apply(field === "complex" ? toComplex(input) : input, symbols), field);
  const numbers = slices(operators, units, weights);
  const leaves = new Map<Real, Float64Array>(
    [...vectors].map(([name, node]) => [node, numbers.get(name) as Float64Array]),
  );
  const actions = new Map(operators.map((operator) => [operator.name, action(operator, numbers.get(operator.name))]));
  const matrix = weights instanceof Float32Array ? Float32Array : Float64Array;
  const result = new matrix(roots.length * units * units);
  for (let i = 0; i < units; i++) {
    leaves.set(input, unitVector(units, i));
    const values = evaluate(roots, units, leaves, actions);
    for (const [part, root] of roots.entries()) {
      result.set(values.get(root) as Float64Array, part * units * units + i * units);
    }
  }
  return result;
}

type Action = (operands: readonly Float64Array[], result: number) => Float64Array;

const partsOf = (value: ReturnType<BoundStructure["apply"]>, field: "real" | "complex"): readonly Real[] => {
  const { re, im } = toComplex(value);
  return field === "complex" ? [re, im] : [re];
};

function slices(operators: readonly Operator[], units: number, weights: FloatArray): Map<string, Float64Array> {
  let at = 0;
  return new Map(
    operators.map((operator) => {
      const length = operatorWeights(operator, units);
      at += length;
      return [operator.name, Float64Array.from(weights.subarray(at - length, at))];
    }),
  );
}

function action(operator: Operator, weights: Float64Array = new Float64Array(0)): Action {
  switch (operator.kind) {
    case "matrix":
      return ([x]) => blockProduct(x, weights, operator);
    case "permutation":
      return ([x]) => Float64Array.from(operator.index, (i) => x[i]);
    case "vector":
      return ([x]) => x.map((value, i) => value * weights[i]);
    case "factored": {
      const { chain } = operator;
      const factors = chain.factors.map((factor) => {
        const { at, count, apply } = actionOf(factor, chain);
        const part = (p: number) => weights.slice(at + p * count, at + (p + 1) * count);
        const numbers = { re: part(0), im: chain.field === "complex" ? part(1) : new Float64Array(count) };
        return (x: Vector) => apply(numbers, x);
      });
      // Both results of one vector come from one pass.
      let latest: { readonly operand: Float64Array; readonly image: Vector } | undefined;
      return ([re, im = new Float64Array(re.length)], result) => {
        if (latest?.operand !== re) {
          latest = { operand: re, image: factors.reduce<Vector>((x, factor) => factor(x), { re, im }) };
        }
        return result === 0 ? latest.image.re : latest.image.im;
      };
    }
  }
}

function blockProduct(
  x: Float64Array,
  weights: Float64Array,
  { inputs, outputs, blocks }: Extract<Operator, { kind: "matrix" }>,
): Float64Array {
  const [height, width] = [inputs / blocks, outputs / blocks];
  const y = new Float64Array(outputs);
  for (let i = 0; i < inputs; i++) {
    const first = Math.floor(i / height) * width;
    for (let j = 0; j < width; j++) y[first + j] += x[i] * weights[i * width + j];
  }
  return y;
}

/** Values of all nodes below `roots`, each a vector of `units` numbers. */
function evaluate(
  roots: readonly Real[],
  units: number,
  leaves: ReadonlyMap<Real, Float64Array>,
  actions: ReadonlyMap<string, Action>,
): Map<Real, Float64Array> {
  const values = new Map<Real, Float64Array>();
  const of = (node: Real) => values.get(node) as Float64Array;
  const applied = ({ operator, arguments: operands, result }: Application) =>
    (actions.get(operator) as Action)(operands.map(of), result);
  for (const node of topological(roots)) {
    if (node.kind === "leaf") values.set(node, leaves.get(node) as Float64Array);
    else if (node.kind === "constant") values.set(node, new Float64Array(units).fill(node.value));
    else if (node.kind === "application") values.set(node, applied(node));
    else {
      const operands = node.arguments.map(of);
      values.set(
        node,
        Float64Array.from({ length: units }, (_, i) =>
          scalarFunctions[node.operator](...operands.map((operand) => operand[i])),
        ),
      );
    }
  }
  return values;
}

function unitVector(n: number, i: number): Float64Array {
  const vector = new Float64Array(n);
  vector[i] = 1;
  return vector;
}

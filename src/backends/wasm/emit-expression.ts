import { type Operation, type Operator, type Real, topological } from "../../expr/node.ts";
import type { Code, Local, VectorOperator } from "./code.ts";
import { type StraightLine, straightLine } from "./straight-line.ts";

/**
 * Writes expressions as arithmetic on vectors of four float32. `pushInput` puts the vector of an input on the stack; it is
 * called once for each input that is needed.
 */
export class ExpressionEmitter {
  private readonly code: Code;
  private readonly pushInput: (input: Real) => void;
  private readonly program: StraightLine;
  private readonly uses = new Map<Real | string, number>();
  private readonly computed = new Map<Real | string, Local>();
  private readonly numbers = new Map<Real, number>();

  constructor(code: Code, roots: readonly Real[], inputs: Iterable<Real>, pushInput: (input: Real) => void) {
    this.code = code;
    this.pushInput = pushInput;
    this.program = straightLine(roots, inputs);
    this.countUses(roots.map((root) => this.program.image.get(root) as Real));
  }

  /** Pushes a root's value. */
  push(root: Real): void {
    this.emit(this.program.image.get(root) as Real);
  }

  /** Computes an input into a local now, before something overwrites where it comes from. */
  preload(input: Real): void {
    const node = this.program.leafOf.get(input) as Real;
    if (!this.uses.has(node) || this.computed.has(node)) return;
    this.pushInput(input);
    this.code.set(this.keep(node));
  }

  private countUses(roots: readonly Real[]): void {
    const use = (key: Real | string) => this.uses.set(key, (this.uses.get(key) ?? 0) + 1);
    roots.forEach(use);
    topological(roots).forEach((node, number) => {
      this.numbers.set(node, number);
      if (node.kind !== "operation") return;
      node.arguments.forEach(use);
      if (node.operator === "selectLess") use(this.comparison(node.arguments));
    });
  }

  private emit(node: Real): void {
    if (node.kind === "constant") this.code.splat(node.value);
    else {
      this.once(node, () => {
        if (node.kind === "operation") this.operate(node);
        else this.pushInput(this.program.inputOf.get(node) as Real);
      });
    }
  }

  /** Pushes something that is computed the first time and, if it is used again, kept in a local. */
  private once(key: Real | string, compute: () => void): void {
    const local = this.computed.get(key);
    if (local !== undefined) {
      this.code.get(local);
      return;
    }
    compute();
    if ((this.uses.get(key) ?? 0) > 1) this.code.tee(this.keep(key));
  }

  private keep(key: Real | string): Local {
    const local = this.code.local("v128");
    this.computed.set(key, local);
    return local;
  }

  private operate({ operator, arguments: args }: Operation): void {
    if (operator === "selectLess") this.emitSelect(args);
    else if (operator === "min" || operator === "max") this.emitExtreme(operator, args);
    else {
      const write = instructions[operator];
      if (!write) throw new Error(`wasm: no instruction for ${operator}`);
      for (const argument of args) this.emit(argument);
      write(this.code);
    }
  }

  /** pmin and pmax are single machine instructions, but pass a NaN on only from their first operand. */
  private emitExtreme(operator: "min" | "max", [a, b]: readonly Real[]): void {
    const [first, second] = a.kind === "constant" ? [b, a] : [a, b];
    this.emit(first);
    this.emit(second);
    const isNumber = second.kind === "constant" && !Number.isNaN(second.value);
    if (operator === "min") this.code.vec(isNumber ? "f32x4Pmin" : "f32x4Min");
    else this.code.vec(isNumber ? "f32x4Pmax" : "f32x4Max");
  }

  /** a < b ? x : y. Pseudo-maximum and -minimum are defined as just that; beside a 0 the mask itself is enough. */
  private emitSelect([a, b, x, y]: readonly Real[]): void {
    if (x === b && y === a) {
      this.emit(a);
      this.emit(b);
      this.code.vec("f32x4Pmax");
    } else if (x === a && y === b) {
      this.emit(b);
      this.emit(a);
      this.code.vec("f32x4Pmin");
    } else {
      if (!isZero(x)) this.emit(x);
      if (!isZero(y)) this.emit(y);
      if (isZero(x) && isZero(y)) this.code.splat(0);
      this.once(this.comparison([a, b]), () => {
        this.emit(a);
        this.emit(b);
        this.code.vec("f32x4Lt");
      });
      this.code.vec(isZero(y) ? "v128And" : isZero(x) ? "v128AndNot" : "v128BitSelect");
    }
  }

  private comparison([a, b]: readonly Real[]): string {
    return `${this.numbers.get(a)}<${this.numbers.get(b)}`;
  }
}

const isZero = (node: Real) => node.kind === "constant" && Object.is(node.value, 0);

const direct = (operator: VectorOperator) => (code: Code) => code.vec(operator);

/** What to write after the operands. */
const instructions: Partial<Record<Operator, (code: Code) => Code>> = {
  add: direct("f32x4Add"),
  sub: direct("f32x4Sub"),
  mul: direct("f32x4Mul"),
  div: direct("f32x4Div"),
  neg: direct("f32x4Neg"),
  abs: direct("f32x4Abs"),
  sqrt: direct("f32x4Sqrt"),
  round: direct("f32x4Nearest"),
  hypot(code) {
    const [a, b] = [code.local("v128"), code.local("v128")];
    code.set(b).tee(a).get(a).vec("f32x4Mul");
    return code.get(b).get(b).vec("f32x4Mul").vec("f32x4Add").vec("f32x4Sqrt");
  },
  // The low bits of n + 1.5·2²³ are those of the integer n, and the shift leaves only the lowest nine.
  pow2: (code) => code.splat(12582912).vec("f32x4Add").bits(127).vec("i32x4Add").i32(23).vec("i32x4Shl"),
  exponent: (code) =>
    code.i32(23).vec("i32x4ShrU").bits(255).vec("v128And").bits(-127).vec("i32x4Add").vec("f32x4ConvertI32x4"),
  mantissa: (code) => code.bits(0x807fffff).vec("v128And").bits(0x3f800000).vec("v128Or"),
};

import type { Real } from "../../expr/node.ts";
import type { Access, Buffer, Elementwise, Output, Ref } from "../../plan/plan.ts";
import { type Arena, offsetOf, pushEntry, requireWholeVectors, rowBytes } from "./arena.ts";
import type { Code, Local } from "./code.ts";
import { ExpressionEmitter } from "./emit-expression.ts";
import { forSteps } from "./emit-loops.ts";

/**
 * One function for one fused elementwise loop: steps, rows, then vectors of four units. Pads of a row, up to the whole
 * vector, are computed like units. Sums over rows are added up in memory.
 */
export function emitElementwise(code: Code, arena: Arena, instruction: Elementwise): void {
  new ElementwiseEmitter(code, arena, instruction).emit();
}

type RowAccess = Extract<Access, { kind: "row" }>;
type TableAccess = Extract<Access | Output, { table: Ref }>;

class ElementwiseEmitter {
  private readonly code: Code;
  private readonly arena: Arena;
  private readonly instruction: Elementwise;
  private readonly vectors: number;
  private readonly step: Local;
  /** Byte offset of the unit in its row; absent when a row is one vector. */
  private readonly unit: Local | undefined;
  /** Address of the current row (`moving`) or of the first row of a buffer at the step. */
  private readonly moving = new Map<Buffer, Local>();
  private readonly fixed = new Map<Buffer, Local>();
  /** Per row: the vector of equal numbers a row access reads, and the address of a table's row. */
  private readonly rowValues = new Map<RowAccess, Local>();
  private readonly tableRows = new Map<TableAccess, Local>();

  constructor(code: Code, arena: Arena, instruction: Elementwise) {
    this.code = code;
    this.arena = arena;
    this.instruction = instruction;
    this.vectors = Math.ceil(instruction.width / 4);
    this.step = code.local("i32");
    this.unit = this.vectors > 1 ? code.local("i32") : undefined;
    for (const access of instruction.inputs.values()) this.bindInput(access);
    for (const output of instruction.outputs) this.bindOutput(output);
  }

  emit(): void {
    const { code, arena } = this;
    const row = code.local("i32");
    forSteps(code, this.step, "ascending", () => {
      for (const [buffer, pointer] of [...this.moving, ...this.fixed]) {
        pushEntry(code, arena, buffer, this.step);
        code.set(pointer);
      }
      code.i32(arena.plan.shape.rows).set(row);
      code.doWhile(
        () => {
          this.emitRow();
          for (const [buffer, pointer] of this.moving) code.advance(pointer, rowBytes(buffer));
        },
        () => code.get(row).i32(1).op("i32Sub").tee(row),
      );
    });
  }

  private bindInput(access: Access): void {
    const { code } = this;
    if (access.kind === "gather") this.bindTable(access);
    else if (access.kind === "vector") this.bindVectors(access.ref, this.fixed);
    else if (access.kind === "matrix") this.bindVectors(access.ref, this.moving);
    else {
      pointerTo(code, this.moving, access.ref.buffer);
      this.rowValues.set(access, code.local("v128"));
    }
  }

  private bindOutput(output: Output): void {
    if (output.kind === "scatter") this.bindTable(output);
    else this.bindVectors(output.ref, output.kind === "store" ? this.moving : this.fixed);
  }

  private bindVectors(ref: Ref, pointers: Map<Buffer, Local>): void {
    requireWholeVectors(ref);
    pointerTo(this.code, pointers, ref.buffer);
  }

  private bindTable(access: TableAccess): void {
    this.bindVectors(access.table, this.fixed);
    pointerTo(this.code, this.moving, access.index.buffer);
    this.tableRows.set(access, this.code.local("i32"));
  }

  private emitRow(): void {
    const { code, unit, vectors } = this;
    for (const [{ ref }, local] of this.rowValues) {
      code.get(this.pointer(this.moving, ref)).splatLoad(offsetOf(ref)).set(local);
    }
    for (const [{ table, index }, address] of this.tableRows) {
      code.get(this.pointer(this.fixed, table));
      code.get(this.pointer(this.moving, index)).i32Load(offsetOf(index));
      code.i32(rowBytes(table.buffer)).op("i32Mul").op("i32Add").set(address);
    }
    if (unit === undefined) {
      this.emitVector();
      return;
    }
    code.i32(0).set(unit);
    code.doWhile(
      () => this.emitVector(),
      () =>
        code
          .get(unit)
          .i32(16)
          .op("i32Add")
          .tee(unit)
          .i32(vectors * 16)
          .op("i32LtU"),
    );
  }

  private emitVector(): void {
    const { code } = this;
    const { inputs, outputs } = this.instruction;
    const pushInput = (input: Real) => this.pushInput(inputs.get(input) as Access);
    const values = outputs.map((output) => output.value);
    const expressions = new ExpressionEmitter(code, values, inputs.keys(), pushInput);
    // What an output overwrites is read first.
    const written = new Set(outputs.map(bufferOf));
    for (const [input, access] of inputs) if (written.has(bufferOf(access))) expressions.preload(input);
    for (const output of outputs) {
      const ref = output.kind === "scatter" ? output.table : output.ref;
      const address =
        output.kind === "scatter"
          ? (this.tableRows.get(output) as Local)
          : this.pointer(output.kind === "store" ? this.moving : this.fixed, ref);
      this.pushUnit(address);
      if (output.kind === "store") expressions.push(output.value);
      else {
        this.pushUnit(address);
        code.vectorLoad(offsetOf(ref));
        expressions.push(output.value);
        code.vec("f32x4Add");
      }
      code.vectorStore(offsetOf(ref));
    }
  }

  private pushInput(access: Access): void {
    const { code } = this;
    switch (access.kind) {
      case "row":
        code.get(this.rowValues.get(access) as Local);
        return;
      case "gather":
        this.pushUnit(this.tableRows.get(access) as Local);
        code.vectorLoad(offsetOf(access.table));
        return;
      default:
        this.pushUnit(this.pointer(access.kind === "vector" ? this.fixed : this.moving, access.ref));
        code.vectorLoad(offsetOf(access.ref));
    }
  }

  private pushUnit(address: Local): void {
    this.code.get(address);
    if (this.unit !== undefined) this.code.get(this.unit).op("i32Add");
  }

  private pointer(pointers: Map<Buffer, Local>, { buffer }: Ref): Local {
    return pointers.get(buffer) as Local;
  }
}

function pointerTo(code: Code, pointers: Map<Buffer, Local>, buffer: Buffer): void {
  if (!pointers.has(buffer)) pointers.set(buffer, code.local("i32"));
}

function bufferOf(place: Access | Output): Buffer {
  return place.kind === "gather" || place.kind === "scatter" ? place.table.buffer : place.ref.buffer;
}

import { Code, typeCode } from "./code.ts";
import { section, text, unsigned, vector } from "./encode.ts";
import type { KernelName } from "./imports.ts";
import { maximumPages } from "./webassembly.ts";

/** A function of the kernel module: how many integers it takes, and which of them (if any) is a float instead. */
export interface ImportedFunction {
  readonly name: string;
  readonly parameters: number;
  readonly floatParameter?: number;
}

/**
 * A WebAssembly module under construction: it imports `env.memory` and functions from `kernels`, and exports functions of
 * `parameters` integers without results, each under its number.
 */
export class ModuleBuilder {
  private readonly imports: readonly ImportedFunction[];
  private readonly parameters: number;
  private readonly bodies: Code[] = [];

  constructor(imports: readonly ImportedFunction[], parameters: number) {
    this.imports = imports;
    this.parameters = parameters;
  }

  /** The index of an imported function. */
  imported(name: KernelName): number {
    return this.imports.findIndex((f) => f.name === name);
  }

  /** Defines a function and returns its index. Its parameters are locals 0, 1, … */
  define(build: (code: Code) => void): number {
    const code = new Code(this.parameters);
    build(code);
    this.bodies.push(code);
    return this.imports.length + this.bodies.length - 1;
  }

  bytes(): Uint8Array {
    const ownType = functionType(Array.from({ length: this.parameters }, () => typeCode.i32));
    const importTypes = this.imports.map(({ parameters, floatParameter }) =>
      functionType(Array.from({ length: parameters }, (_, i) => (i === floatParameter ? typeCode.f32 : typeCode.i32))),
    );
    const memory = [...text("env"), ...text("memory"), 0x02, 0x03, ...unsigned(0), ...unsigned(maximumPages)];
    const functions = this.imports.map(({ name }, i) => [...text("kernels"), ...text(name), 0x00, ...unsigned(i + 1)]);
    const exports = this.bodies.map((_, i) => {
      const index = this.imports.length + i;
      return [...text(String(index)), 0x00, ...unsigned(index)];
    });
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, vector([ownType, ...importTypes])),
      ...section(2, vector([memory, ...functions])),
      ...section(3, vector(this.bodies.map(() => [0]))),
      ...section(7, vector(exports)),
      ...section(10, vector(this.bodies.map((body) => body.encoded()))),
    ]);
  }
}

const functionType = (parameters: readonly number[]): number[] => [0x60, ...vector(parameters.map((p) => [p])), 0];

import { float32, signed, unsigned } from "./encode.ts";

export type Local = number;
export type LocalType = "i32" | "v128";

export const typeCode = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** Instructions without immediates. */
const plain = { i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32DivU: 0x6e, i32LtS: 0x48, i32GeS: 0x4e, i32LtU: 0x49 };

/** Vector instructions without immediates. */
const vectorial = {
  f32x4Lt: 67,
  v128And: 78,
  v128AndNot: 79,
  v128Or: 80,
  v128BitSelect: 82,
  f32x4Nearest: 106,
  i32x4Shl: 171,
  i32x4ShrU: 173,
  i32x4Add: 174,
  f32x4Abs: 224,
  f32x4Neg: 225,
  f32x4Sqrt: 227,
  f32x4Add: 228,
  f32x4Sub: 229,
  f32x4Mul: 230,
  f32x4Div: 231,
  f32x4Min: 232,
  f32x4Max: 233,
  f32x4Pmin: 234,
  f32x4Pmax: 235,
  f32x4ConvertI32x4: 250,
};

export type PlainOperator = keyof typeof plain;
export type VectorOperator = keyof typeof vectorial;

/** The body of one WebAssembly function under construction: a stack machine's instructions, one method each. */
export class Code {
  private readonly bytes: number[] = [];
  private readonly locals: LocalType[] = [];
  private readonly parameters: number;

  constructor(parameters: number) {
    this.parameters = parameters;
  }

  /** A new local variable, 0 at first. */
  local(type: LocalType): Local {
    this.locals.push(type);
    return this.parameters + this.locals.length - 1;
  }

  get(local: Local): this {
    return this.put(0x20, ...unsigned(local));
  }

  set(local: Local): this {
    return this.put(0x21, ...unsigned(local));
  }

  tee(local: Local): this {
    return this.put(0x22, ...unsigned(local));
  }

  i32(value: number): this {
    return this.put(0x41, ...signed(value));
  }

  op(operator: PlainOperator): this {
    return this.put(plain[operator]);
  }

  vec(operator: VectorOperator): this {
    return this.put(0xfd, ...unsigned(vectorial[operator]));
  }

  /** Four equal lanes of the given bits. */
  bits(value: number): this {
    const lane = [...new Uint8Array(Int32Array.of(value).buffer)];
    return this.put(0xfd, 12, ...lane, ...lane, ...lane, ...lane);
  }

  splat(value: number): this {
    const lane = float32(value);
    return this.put(0xfd, 12, ...lane, ...lane, ...lane, ...lane);
  }

  i32Load(offset = 0): this {
    return this.put(0x28, 2, ...unsigned(offset));
  }

  f32Load(offset = 0): this {
    return this.put(0x2a, 2, ...unsigned(offset));
  }

  vectorLoad(offset = 0): this {
    return this.put(0xfd, 0, 2, ...unsigned(offset));
  }

  splatLoad(offset = 0): this {
    return this.put(0xfd, 9, 2, ...unsigned(offset));
  }

  vectorStore(offset = 0): this {
    return this.put(0xfd, 11, 2, ...unsigned(offset));
  }

  memoryCopy(): this {
    return this.put(0xfc, 10, 0, 0);
  }

  memoryFill(): this {
    return this.put(0xfc, 11, 0);
  }

  call(functionIndex: number): this {
    return this.put(0x10, ...unsigned(functionIndex));
  }

  /** local ← local + step. */
  advance(local: Local, step: number): this {
    return this.get(local).i32(step).op("i32Add").set(local);
  }

  /** `body` again and again for as long as `condition` leaves a non-zero number; at least once. */
  doWhile(body: () => void, condition: () => void): this {
    this.put(0x03, 0x40);
    body();
    condition();
    return this.put(0x0d, 0, 0x0b);
  }

  /** `body` if the number on the stack is not 0. */
  when(body: () => void): this {
    this.put(0x04, 0x40);
    body();
    return this.put(0x0b);
  }

  /** The entry of the code section. */
  encoded(): number[] {
    const locals = this.locals.flatMap((type) => [1, typeCode[type]]);
    const body = [...unsigned(this.locals.length), ...locals, ...this.bytes, 0x0b];
    return [...unsigned(body.length), ...body];
  }

  private put(...bytes: number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
}

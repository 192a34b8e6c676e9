/** The mean of the latest losses, and their saved form. The window is 5 % of the training, at least one update. */
export class LossWindow {
  readonly size: number;
  private readonly ring: Float64Array;
  private count = 0;

  constructor(iterations: number) {
    this.size = Math.max(1, Math.ceil(iterations * 0.05));
    this.ring = new Float64Array(this.size);
  }

  push(loss: number): void {
    this.ring[this.count++ % this.size] = loss;
  }

  /** Summed oldest first, so that a restored window gives the same bits. NaN before the first loss. */
  mean(): number {
    let sum = 0;
    const filled = Math.min(this.count, this.size);
    for (let i = this.count - filled; i < this.count; i++) sum += this.ring[i % this.size];
    return sum / filled;
  }

  /** The losses kept, oldest first. */
  values(): Float64Array {
    const filled = Math.min(this.count, this.size);
    return Float64Array.from({ length: filled }, (_, i) => this.ring[(this.count - filled + i) % this.size]);
  }

  restore(values: ArrayLike<number>): void {
    this.count = 0;
    for (let i = 0; i < values.length; i++) this.push(values[i]);
  }
}

/** Iterations per second over about the last ten seconds. */
export class RateMeter {
  private marks: { time: number; iteration: number }[] = [];

  /** To be called again after the first iteration, in which kernels are compiled, and after pauses such as validation. */
  start(time: number, iteration: number): void {
    this.marks = [{ time, iteration }];
  }

  /** `time` in milliseconds. Undefined until something is done. */
  rate(time: number, iteration: number): number | undefined {
    const oldest = this.marks[0];
    if (oldest === undefined || time <= oldest.time || iteration <= oldest.iteration) return undefined;
    const latest = this.marks[this.marks.length - 1];
    if (time - latest.time >= 1000) this.marks.push({ time, iteration });
    if (this.marks.length > 10) this.marks.shift();
    return ((iteration - oldest.iteration) * 1000) / (time - oldest.time);
  }
}

/** Iterations per second over about the last ten seconds. */
export class RateMeter {
  private marks: { time: number; iteration: number }[] = [];

  start(time: number, iteration: number): void {
    this.marks = [{ time, iteration }];
  }

  /** Starts anew after a pause that went into something else, such as validation. */
  skipPause(time: number, iteration: number): void {
    this.start(time, iteration);
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

import { isTranscendental } from "../expr/lower.ts";
import { operands, type Real, topological } from "../expr/node.ts";

/**
 * Which forward values to keep for the backward pass: the fewest whose recomputation from them and from the free values
 * costs no transcendental function and no linear operator; a quotient or a root costs less than the way to memory and back. A
 * minimum vertex cut between the values that cannot be computed again and those the backward pass needs (the idea of min-cut
 * rematerialisation), found by augmenting paths.
 */
export function valuesToKeep(needed: Iterable<Real>, isFree: (node: Real) => boolean): Set<Real> {
  const nodes = topological(needed, isFree).filter((node) => !isFree(node) && node.kind !== "constant");
  const sinks = new Set([...needed].filter((node) => !isFree(node) && node.kind !== "constant"));
  const graph = new UnitFlow(nodes);
  for (const node of nodes) {
    const cannotRecompute = node.kind !== "operation" || isTranscendental(node.operator);
    if (cannotRecompute) graph.addSource(node);
    else for (const operand of operands(node)) if (graph.has(operand)) graph.connect(operand, node);
    if (sinks.has(node)) graph.addSink(node);
  }
  return graph.minimumCut();
}

/** Maximum flow with one unit of capacity through each vertex; vertex v is the arc 2v → 2v+1. */
class UnitFlow {
  private readonly index: Map<Real, number>;
  private readonly nodes: readonly Real[];
  private readonly capacity: Map<number, number>[];
  private readonly source: number;
  private readonly sink: number;

  constructor(nodes: readonly Real[]) {
    this.nodes = nodes;
    this.index = new Map(nodes.map((node, i) => [node, i]));
    this.source = 2 * nodes.length;
    this.sink = this.source + 1;
    this.capacity = Array.from({ length: this.sink + 1 }, () => new Map());
    for (let v = 0; v < nodes.length; v++) this.arc(2 * v, 2 * v + 1, 1);
  }

  has(node: Real): boolean {
    return this.index.has(node);
  }

  addSource(node: Real): void {
    this.arc(this.source, 2 * this.vertex(node), Infinity);
  }

  addSink(node: Real): void {
    this.arc(2 * this.vertex(node) + 1, this.sink, Infinity);
  }

  connect(from: Real, to: Real): void {
    this.arc(2 * this.vertex(from) + 1, 2 * this.vertex(to), Infinity);
  }

  /** The cut nearest to the sources. */
  minimumCut(): Set<Real> {
    for (let path = this.search(); path.has(this.sink); path = this.search()) this.augment(path);
    const reached = this.search();
    return new Set(this.nodes.filter((_, v) => reached.has(2 * v) && !reached.has(2 * v + 1)));
  }

  private vertex(node: Real): number {
    return this.index.get(node) as number;
  }

  private arc(from: number, to: number, capacity: number): void {
    this.capacity[from].set(to, capacity);
    if (!this.capacity[to].has(from)) this.capacity[to].set(from, 0);
  }

  /** Breadth-first predecessors of everything reachable through remaining capacity. */
  private search(): Map<number, number> {
    const previous = new Map([[this.source, this.source]]);
    const queue = [this.source];
    for (const at of queue) {
      for (const [next, capacity] of this.capacity[at]) {
        if (capacity > 0 && !previous.has(next)) {
          previous.set(next, at);
          queue.push(next);
        }
      }
    }
    return previous;
  }

  private augment(previous: ReadonlyMap<number, number>): void {
    for (let at = this.sink; at !== this.source; ) {
      const from = previous.get(at) as number;
      this.capacity[from].set(at, (this.capacity[from].get(at) as number) - 1);
      this.capacity[at].set(from, (this.capacity[at].get(from) as number) + 1);
      at = from;
    }
  }
}

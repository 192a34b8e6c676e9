export { multiplyPacked, packDoubles, transposeDoubles } from "./dense";
export { gemm } from "./gemm";
export { invert } from "./inverse";
export { crossEntropy, squaredError } from "./loss";
export { outer } from "./outer";
export { pack, reduce } from "./pack";

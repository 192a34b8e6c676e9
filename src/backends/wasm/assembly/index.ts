export { multiplyPacked, packDoubles, transposeDoubles } from "./dense";
export { complexDiagonal, realDiagonal } from "./diagonal";
export { fourier2, fourier4, fourier4Last, fourierOdd } from "./fourier";
export { gemm } from "./gemm";
export { complexProducts, realProducts } from "./gradient";
export { invert } from "./inverse";
export { fromLanes, toLanes } from "./lanes";
export { crossEntropy, squaredError } from "./loss";
export { complexMode, complexModeGradient, realMode, realModeGradient } from "./mode";
export { outer } from "./outer";
export { pack, reduce } from "./pack";
export { complexPairs, realPairs } from "./pairs";
export { permuteColumns, permuteUnits } from "./permute";
export {
  complexDots,
  complexReflection,
  complexReflectionGradient,
  realDots,
  realReflection,
  realReflectionGradient,
} from "./reflection";
export { complexSparse, realSparse } from "./sparse";
export { walsh2, walsh4 } from "./walsh";

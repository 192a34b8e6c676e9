export { type Dataset, type DatasetFile, datasets, findDataset } from "./datasets.ts";
export { type DataLocation, dataDirectory } from "./directory.ts";
export { type DownloadedFile, type DownloadOptions, type DownloadProgress, downloadDataset } from "./download.ts";
export { type IdxArray, type IdxData, type IdxExpectation, type IdxType, parseIdx } from "./idx.ts";
export { type LabelledImages, loadMnist, type Mnist } from "./mnist.ts";
export { readIdx } from "./read-idx.ts";

import { unknownName } from "../errors.ts";

/** One file of a data set, as the mirrors serve it. */
export interface DatasetFile {
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** A data set that can be downloaded into DIR/`name`. */
export interface Dataset {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly files: readonly DatasetFile[];
  /** Base URLs in the order they are tried; each holds a folder `name`, or is that folder. */
  readonly mirrors: readonly string[];
}

const mnist: Dataset = {
  name: "mnist",
  description: "60 000 + 10 000 handwritten digits of 28 × 28 pixels, the original four IDX files",
  licence: "LeCun, Cortes and Burges; commonly stated as CC BY-SA 3.0",
  files: [
    {
      name: "train-images-idx3-ubyte.gz",
      size: 9912422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    {
      name: "train-labels-idx1-ubyte.gz",
      size: 28881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    {
      name: "t10k-images-idx3-ubyte.gz",
      size: 1648877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    {
      name: "t10k-labels-idx1-ubyte.gz",
      size: 4542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
  ],
  mirrors: ["https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"],
};

/** Every data set `stiefel data get` knows. */
export const datasets: readonly Dataset[] = [mnist];

/**
 * The data set of a name.
 *
 * @throws UsageError with the closest names when there is none
 */
export function findDataset(name: string): Dataset {
  const dataset = datasets.find((candidate) => candidate.name === name);
  if (dataset === undefined) {
    throw unknownName(
      "data set",
      name,
      datasets.map((known) => known.name),
    );
  }
  return dataset;
}

import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DataError } from "../errors.ts";
import { readIdx } from "./read-idx.ts";
import { unreadable } from "./unreadable.ts";

/** `count` images of 28 × 28 grey levels 0 … 255 [count × 784], row-major, and their digits 0 … 9 [count]. */
export interface LabelledImages {
  readonly count: number;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface Mnist {
  /** 60 000 images in the official files. */
  readonly train: LabelledImages;
  /** 10 000 images in the official files. */
  readonly test: LabelledImages;
}

/**
 * MNIST from its four IDX files in `directory`/mnist, each plain or `.gz` (the plain one is read when both are there).
 *
 * @param directory the folder that holds `mnist/`, see `dataDirectory`
 * @throws DataError when the folder or a file is missing, unreadable, corrupt, or images and labels do not match
 */
export function loadMnist(directory: string): Mnist {
  const folder = join(directory, "mnist");
  const files = locate(directory, folder);
  return {
    train: readPart(files("train-images-idx3-ubyte"), files("train-labels-idx1-ubyte")),
    test: readPart(files("t10k-images-idx3-ubyte"), files("t10k-labels-idx1-ubyte")),
  };
}

const parts = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;
const fix = "run: stiefel data get mnist, or pass --data DIR (DIR holds mnist/)";

/** The path of each part. Throws before anything is read when one is missing. */
function locate(directory: string, folder: string): (part: (typeof parts)[number]) => string {
  const present = new Set(list(directory, folder));
  const missing = parts.filter((part) => !present.has(part) && !present.has(`${part}.gz`));
  if (missing.length > 0) {
    throw new DataError(
      `MNIST is not complete in ${folder}: expected ${missing.join(", ")} (plain or .gz), found ` +
        `${present.size === 0 ? "an empty folder" : [...present].sort().slice(0, 8).join(", ")}. To get it, ${fix}.`,
    );
  }
  return (part) => join(folder, present.has(part) ? part : `${part}.gz`);
}

function list(directory: string, folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") {
      throw new DataError(`${unreadable(folder, cause).message} To use other data, ${fix}.`, { cause });
    }
    const found = existsSync(directory) ? `${directory} holds no folder mnist` : `${directory} does not exist`;
    const within = parts.some((part) => [part, `${part}.gz`].some((name) => existsSync(join(directory, name))));
    const hint = within ? ` The files lie in ${basename(directory)} itself: pass --data ${dirname(directory)}.` : "";
    throw new DataError(`MNIST is not there: ${found}. To get it, ${fix}.${hint}`, { cause });
  }
}

function readPart(imageFile: string, labelFile: string): LabelledImages {
  const images = readIdx(imageFile, { type: "uint8", shape: [undefined, 28, 28] });
  const labels = readIdx(labelFile, { type: "uint8", shape: [undefined] });
  const count = images.shape[0];
  if (count === 0 || labels.shape[0] !== count) {
    throw new DataError(
      `${imageFile} holds ${count} images and ${labelFile} ${labels.shape[0]} labels, expected one label for each image ` +
        `and at least one. Replace both files with intact copies: ${fix}.`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0) {
    throw new DataError(
      `${labelFile}: label ${labels.data[wrong]} at offset ${8 + wrong} (of the unpacked file), expected 0 … 9. ` +
        `Replace the file with an intact copy: ${fix}.`,
    );
  }
  return { count, images: images.data as Uint8Array, labels: labels.data as Uint8Array };
}

import { UsageError } from "../errors.ts";
import type { Dataset } from "./datasets.ts";

/**
 * The base URLs to try for a data set: `mirrors` if given, else the comma-separated variable STIEFEL_MIRRORS, else the
 * data set's own.
 *
 * @throws UsageError when one is not an http(s) URL or none is left
 */
export function resolveMirrors(
  dataset: Dataset,
  mirrors?: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): string[] {
  const fromEnvironment = env.STIEFEL_MIRRORS?.split(",") ?? [];
  const named = (mirrors ?? fromEnvironment).map((url) => url.trim()).filter((url) => url !== "");
  if (mirrors !== undefined && named.length === 0) {
    throw new UsageError("The list of mirrors is empty, expected at least one base URL such as https://host/data/.");
  }
  for (const url of named) {
    const protocol = URL.canParse(url) ? new URL(url).protocol : "";
    if (protocol !== "http:" && protocol !== "https:") {
      throw new UsageError(
        `The mirror "${url}" is not a URL, expected http:// or https:// and a folder, such as https://host/data/. ` +
          `Correct the option or the variable STIEFEL_MIRRORS (comma-separated).`,
      );
    }
  }
  return named.length > 0 ? named : [...dataset.mirrors];
}

/** Where a mirror may hold a file: in its folder of the data set's name, or, when the base is that folder, in it. */
export function fileUrls(mirror: string, dataset: string, file: string): string[] {
  const base = mirror.endsWith("/") ? mirror : `${mirror}/`;
  const direct = base + file;
  return base.endsWith(`/${dataset}/`) ? [direct] : [`${base}${dataset}/${file}`, direct];
}
